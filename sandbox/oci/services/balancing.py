"""Carries a load balancer's document over to the data plane; tells its health, emits its
metrics.
"""

from __future__ import annotations

import time
from dataclasses import replace

from sandbox.oci import reachability
from sandbox.oci.clock import wire
from sandbox.oci.engine import Engine
from sandbox.oci.living import whole
from sandbox.oci.living.backends import Health, SetConfig
from sandbox.oci.living.balancer import Balancer, ListenerConfig
from sandbox.oci.living.counters import Tally
from sandbox.oci.living.metrics import StreamKey
from sandbox.oci.living.probe import Probe
from sandbox.oci.living.redirects import Redirect
from sandbox.oci.living.rotation import Backend
from sandbox.oci.living.secured import Tls
from sandbox.oci.service import CREATED, Body
from sandbox.oci.services import balancer_ways, listener_tls
from sandbox.oci.services.balancer_ways import BALANCER
from sandbox.oci.store import Record

LIFE = replace(CREATED, create=2.0, delete=1.0, resting=("FAILED",))
CERTIFICATE = "certificates_management.Certificate"
FASTEST_CHECK = 0.2
EMIT_SECONDS, LOOK_SECONDS = 5.0, 0.25


def start(engine: Engine) -> None:
    """Serve again what was served before a restart, then emit metrics for ever."""
    with engine.transaction() as store:
        for record in store.living(BALANCER):
            if "hosts" not in record.hidden:  # it is of an older simulator
                balancer_ways.take_addresses(engine, record)
                store.put(record)
    sync_all(engine)
    last = [time.monotonic()]

    def emit_when_due(engine: Engine) -> None:
        if time.monotonic() - last[0] >= min(EMIT_SECONDS, whole.minute(engine) / 4):
            last[0] = time.monotonic()
            emit(engine)
            _reopen(engine)

    engine.every(LOOK_SECONDS, emit_when_due, "oci-lbaas-metrics")


def sync_all(engine: Engine) -> None:
    for record in engine.store.living(BALANCER):
        if record.body["lifecycleState"] == "ACTIVE":
            sync(engine, record)


def certified(engine: Engine, certificate: Record) -> None:
    """Serve the current version of a certificate wherever a load balancer uses it."""
    for record in engine.store.living(BALANCER):
        used = [
            (item.get("sslConfiguration") or {}).get("certificateIds") or []
            for item in record.body["listeners"].values()
        ]
        if record.body["lifecycleState"] == "ACTIVE" and any(
            certificate.id in named for named in used
        ):
            sync(engine, record)


def _reopen(engine: Engine) -> None:
    """Try again to open what a busy port kept shut at the start."""
    living = whole.of(engine)
    for record in engine.store.living(BALANCER):
        balancer = living.balancers.get(record.id)
        if (
            balancer
            and record.body["lifecycleState"] == "ACTIVE"
            and record.body["listeners"].keys() - balancer.listeners.keys()
        ):
            with engine.transaction() as store:
                current = store.get(BALANCER, record.id)
                if current and not current.gone:
                    sync(engine, current)


def sync(engine: Engine, record: Record) -> str:
    """Make the data plane what the document says; return why a listener's port could not be
    opened.
    """
    living = whole.of(engine)
    balancer = living.balancers.get(record.id)
    if balancer is None:
        balancer = living.balancers[record.id] = _balancer(engine, record)
    sets = {name: _set_config(engine, value) for name, value in record.body["backendSets"].items()}
    listeners = {
        name: _listener_config(engine, record.body, value)
        for name, value in record.body["listeners"].items()
    }
    failures = living.loop.run(balancer.configure(sets, listeners))
    return "; ".join(f"listener {name}: {words}" for name, words in failures.items())


def _balancer(engine: Engine, record: Record) -> Balancer:
    """Return a load balancer without parts; what the network closes has no address for it."""
    living, vcn, ways = (
        whole.of(engine),
        _vcn(engine, record),
        balancer_ways.Ways(engine, record.id),
    )

    def resolve(address: str, port: int) -> tuple[str, int] | None:
        if not address.startswith("127.") and ways.to_backend(address, port):
            return None
        return living.resolve(vcn, address, port)

    silent = engine.clock.scaled(reachability.SILENCE_SECONDS)
    return Balancer(resolve, lambda port: bool(ways.to_listener(port)), silent)


def close(engine: Engine, record: Record) -> None:
    balancer = whole.of(engine).balancers.pop(record.id, None)
    if balancer:
        whole.of(engine).loop.begin(balancer.close())


def in_traffic(engine: Engine) -> list[list[str]]:
    """Return, for each backend that may get requests, the containers behind its address."""
    living, found = whole.of(engine), []
    for record in engine.store.living(BALANCER):
        vcn = _vcn(engine, record)
        for backends in record.body["backendSets"].values():
            able = [
                item for item in backends["backends"] if not item["drain"] and not item["offline"]
            ]
            found += [living.addresses.get((vcn, item["ipAddress"]), []) for item in able]
    return found


def backend_health(engine: Engine, record: Record, set_name: str, name: str) -> Body:
    health = _health(engine, record, set_name).get(name, Health())
    subnets = record.body["subnetIds"]
    results = [
        {
            "subnetId": subnets[at % len(subnets)],
            "sourceIpAddress": host,
            "timestamp": wire(health.at),
            "healthCheckStatus": health.last,
        }
        for at, host in enumerate(record.hidden["hosts"])
        if health.at
    ]
    return {"status": health.status, "healthCheckResults": results}


def set_health(engine: Engine, record: Record, set_name: str) -> Body:
    """Judge a backend set by the rules the SDK states."""
    health = _health(engine, record, set_name)
    names = [backend["name"] for backend in record.body["backendSets"][set_name]["backends"]]
    by = {
        status: [name for name in names if health.get(name, Health()).status == status]
        for status in ("OK", "CRITICAL", "UNKNOWN")
    }
    attached = any(
        listener["defaultBackendSetName"] == set_name
        for listener in record.body["listeners"].values()
    )
    return {
        "status": (
            _overall(len(by["OK"]), len(by["UNKNOWN"]), len(names)) if attached else "UNKNOWN"
        ),
        "warningStateBackendNames": [],
        "criticalStateBackendNames": by["CRITICAL"],
        "unknownStateBackendNames": by["UNKNOWN"],
        "totalBackendCount": len(names),
    }


def health(engine: Engine, record: Record) -> Body:
    statuses = {
        name: set_health(engine, record, name)["status"] for name in record.body["backendSets"]
    }
    by = {
        status: [name for name, value in statuses.items() if value == status]
        for status in ("WARNING", "CRITICAL", "UNKNOWN")
    }
    worst = next((status for status in ("CRITICAL", "UNKNOWN", "WARNING") if by[status]), "OK")
    return {
        "status": worst if statuses and record.body["lifecycleState"] == "ACTIVE" else "UNKNOWN",
        "warningStateBackendSetNames": by["WARNING"],
        "criticalStateBackendSetNames": by["CRITICAL"],
        "unknownStateBackendSetNames": by["UNKNOWN"],
        "totalBackendSetCount": len(statuses),
    }


def emit(engine: Engine) -> None:
    """Put what was counted into the metric store, once per backend set and once per listener, as
    OCI does.
    """
    living, now = whole.of(engine), engine.clock.now()
    for record in engine.store.living(BALANCER):
        balancer = living.balancers.get(record.id)
        if balancer is None:
            continue
        common = {
            "resourceId": record.id,
            "lbName": record.body["displayName"],
            "lbHostId": "1",
            "region": "us-ashburn-1",
        }
        for (set_name, listener), tally in living.loop.run(balancer.take()).items():
            for dimensions in (
                {**common, "backendSetName": set_name, "lbComponent": "Backendset"},
                {**common, "listenerName": listener, "lbComponent": "Listener"},
            ):
                for name, value, count in _readings(tally):
                    _add(engine, record, now, name, value, dimensions, count)
        for set_name, backends in [*balancer.sets.items()]:
            dimensions = {**common, "backendSetName": set_name, "lbComponent": "Backendset"}
            _add(engine, record, now, "unhealthyBackendServers", backends.unhealthy, dimensions)


def _readings(tally: Tally) -> list[tuple[str, float, int]]:
    """Zeros are told too while there is traffic: only then can an alarm see that errors stopped."""
    readings: list[tuple[str, float, int]] = [
        ("httpRequests", tally.requests, 1),
        ("backendTimeouts", tally.timeouts, 1),
    ]
    readings += [
        (f"httpResponses{name}", value, 1)
        for name, value in {**tally.classes, **tally.codes}.items()
    ]
    mean = sum(tally.head_millis) / len(tally.head_millis)
    return [*readings, ("responseTimeHttpHeader", mean, len(tally.head_millis))]


def _add(
    engine: Engine,
    record: Record,
    now: float,
    name: str,
    value: float,
    dimensions: dict[str, str],
    count: int = 1,
) -> None:
    key = StreamKey.of(record.body["compartmentId"], "oci_lbaas", name, dimensions)
    whole.of(engine).metrics.add(key, now, float(value), count)


def _overall(good: int, unknown: int, total: int) -> str:
    if unknown * 2 > total:
        return "UNKNOWN"
    if good == total:
        return "OK"
    return "WARNING" if good * 2 >= total else "CRITICAL"


def _health(engine: Engine, record: Record, set_name: str) -> dict[str, Health]:
    balancer = whole.of(engine).balancers.get(record.id)
    backends = balancer.sets.get(set_name) if balancer else None
    return backends.health if backends else {}


def _vcn(engine: Engine, record: Record) -> str:
    subnet = engine.store.get("core.Subnet", record.body["subnetIds"][0])
    return str(subnet.body["vcnId"]) if subnet else ""


def _set_config(engine: Engine, body: Body) -> SetConfig:
    checker = body["healthChecker"]
    return SetConfig(
        policy=body["policy"],
        backends=tuple(_backend(item) for item in body["backends"]),
        probe=Probe(
            checker["protocol"],
            checker["urlPath"],
            checker["returnCode"],
            checker["responseBodyRegex"],
            checker["timeoutInMillis"] / 1000,
        ),
        probe_port=checker["port"],
        interval=max(FASTEST_CHECK, engine.clock.scaled(checker["intervalInMillis"] / 1000)),
        retries=checker["retries"],
    )


def _backend(body: Body) -> Backend:
    flags = {name: body[name] for name in ("weight", "backup", "drain", "offline")}
    return Backend(body["ipAddress"], body["port"], **flags)


def _listener_config(engine: Engine, balancer: Body, body: Body) -> ListenerConfig:
    sets = [
        balancer["ruleSets"][name] for name in body["ruleSetNames"] if name in balancer["ruleSets"]
    ]
    return ListenerConfig(
        port=body["port"],
        backend_set=body["defaultBackendSetName"],
        idle=float(body["connectionConfiguration"]["idleTimeout"]),
        tls=_tls(engine, body.get("sslConfiguration") or {}),
        rules=tuple(_redirect(rule) for rules in sets for rule in listener_tls.redirects(rules)),
    )


def _tls(engine: Engine, secured: Body) -> Tls | None:
    """Return what a listener proves itself with: the current version of the certificate that it
    names.
    """
    named = engine.store.get(CERTIFICATE, (secured.get("certificateIds") or [""])[0])
    if named is None:
        return None
    version = named.hidden["versions"][named.hidden["current"] - 1]
    return Tls(version["chain"], version["key"], tuple(secured["protocols"]))


def _redirect(rule: Body) -> Redirect:
    condition, to = rule["conditions"][0], rule.get("redirectUri") or {}
    where = {"protocol": to.get("protocol"), "host": to.get("host"), "port": to.get("port")}
    where |= {"to_path": to.get("path"), "query": to.get("query")}
    return Redirect(
        condition["operator"], condition["attributeValue"], rule.get("responseCode") or 302, **where
    )
