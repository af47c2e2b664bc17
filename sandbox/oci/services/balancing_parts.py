"""The named parts of a load balancer: how a request becomes a part, what makes it invalid, who else
needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.oci import errors
from sandbox.oci.service import Body
from sandbox.oci.services import listener_tls

if TYPE_CHECKING:
    from sandbox.oci.call import Call

POLICIES = ("ROUND_ROBIN", "LEAST_CONNECTIONS", "IP_HASH")
PROTOCOLS = ("HTTP", "TCP", "HTTP2", "GRPC")
NARROWEST, WIDEST = 10, 8000


def check_shape(name: str, details: Body | None) -> None:
    """Only the flexible shape is made nowadays, and it needs its two bounds."""
    if name != "flexible":
        raise errors.invalid(f"The shape {name} is not offered any more; use flexible.")
    if not details:
        raise errors.missing("shapeDetails is required for the shape flexible.")
    low, high = details["minimumBandwidthInMbps"], details["maximumBandwidthInMbps"]
    if not NARROWEST <= low <= high <= WIDEST:
        raise errors.invalid(
            f"The bandwidth must lie between {NARROWEST} and {WIDEST} Mbps, the minimum not above"
            " the maximum."
        )


def backend(given: Body) -> Body:
    """Return a backend with its name and defaults."""
    if not 1 <= given["port"] <= 65535 or not 1 <= (given.get("weight") or 1) <= 100:
        raise errors.invalid("The port must lie between 1 and 65535, the weight between 1 and 100.")
    flags = {name: bool(given.get(name)) for name in ("drain", "backup", "offline")}
    made = {
        "name": f"{given['ipAddress']}:{given['port']}",
        "ipAddress": given["ipAddress"],
        "port": given["port"],
    }
    return {
        **made,
        "weight": given.get("weight") or 1,
        "maxConnections": given.get("maxConnections") or 0,
        **flags,
    }


def backend_set(name: str, given: Body) -> Body:
    if given["policy"] not in POLICIES:
        raise errors.invalid(f"The policy must be one of {', '.join(POLICIES)}.")
    backends = [backend(item) for item in given.get("backends") or []]
    if len({item["name"] for item in backends}) < len(backends):
        raise errors.invalid("A backend is named twice.")
    return {
        **given,
        "name": name,
        "backends": backends,
        "healthChecker": health_checker(given["healthChecker"]),
    }


def health_checker(given: Body) -> Body:
    """Return a health checker with its defaults, which OCI shows as well."""
    if given["protocol"] not in ("HTTP", "TCP"):
        raise errors.invalid("The protocol of a health check is HTTP or TCP.")
    defaults: Body = {
        "port": 0,
        "returnCode": 200,
        "retries": 3,
        "timeoutInMillis": 3000,
        "intervalInMillis": 10000,
    }
    defaults |= {"responseBodyRegex": "", "urlPath": "/", "isForcePlainText": False}
    checker = {**defaults, **{name: value for name, value in given.items() if value is not None}}
    if (
        not 1000 <= checker["intervalInMillis"] <= 1_800_000
        or not 1 <= checker["timeoutInMillis"] <= 600_000
    ):
        raise errors.invalid(
            "intervalInMillis must lie between 1000 and 1800000, timeoutInMillis between 1 and"
            " 600000."
        )
    return checker


def listener(name: str, given: Body) -> Body:
    if given["protocol"] not in PROTOCOLS:
        raise errors.invalid(f"The protocol must be one of {', '.join(PROTOCOLS)}.")
    if not 1 <= given["port"] <= 65535:
        raise errors.invalid("The port must lie between 1 and 65535.")
    idle = given.get("connectionConfiguration") or {"idleTimeout": 60}
    secured = listener_tls.complete(given.get("sslConfiguration"))
    own = {
        "connectionConfiguration": idle,
        "name": name,
        **({"sslConfiguration": secured} if secured else {}),
    }
    return {"hostnameNames": [], "ruleSetNames": [], **given, **own}


def check_listener(body: Body, made: Body) -> None:
    """A listener needs its backend set, its port for itself, and TLS and rules that work."""
    listener_tls.check(body, made)
    if made["defaultBackendSetName"] not in body["backendSets"]:
        raise errors.invalid(f"The backend set {made['defaultBackendSetName']} does not exist.")
    for other in body["listeners"].values():
        if other["name"] != made["name"] and other["port"] == made["port"]:
            raise errors.invalid(
                f"The port {made['port']} is used by the listener {other['name']}."
            )


def check_certificates(call: Call, body: Body, made: Body) -> None:
    """A part that speaks TLS names one certificate that is there, of the Certificates service or of
    the load balancer.
    """
    secured = made.get("sslConfiguration") or {}
    named, own = secured.get("certificateIds") or [], secured.get("certificateName")
    if len(named) > 1 or (named and own):
        raise errors.invalid(
            "sslConfiguration takes one certificate, in certificateIds or certificateName."
        )
    for certificate in named:
        if call.find("certificates_management.Certificate", certificate).body[
            "lifecycleState"
        ] not in ("ACTIVE", "UPDATING"):
            raise errors.invalid(f"The certificate {certificate} cannot be used in its state.")
    if own and own not in body["certificates"]:
        raise errors.invalid(f"The certificate {own} does not exist.")


def release_set(body: Body, name: str) -> None:
    for other in body["listeners"].values():
        if other["defaultBackendSetName"] == name:
            raise errors.invalid(f"The backend set {name} is used by the listener {other['name']}.")


def _plain(name: str, given: Body) -> Body:
    return {"name": name, **given}


def _certificate(name: str, given: Body) -> Body:
    """Keep what OCI shows of a certificate; the private key stays with the load balancer."""
    return {
        field: given[field] for field in ("publicCertificate", "caCertificate") if field in given
    } | {"certificateName": name}


def _nothing(body: Body, made: object) -> None:
    return None


@dataclass(frozen=True)
class Part:
    """One kind of part: where it is in the document, which path variable names it, its rules."""

    model: str
    field: str
    variable: str
    make: Callable[[str, Body], Body] = _plain
    check: Callable[[Body, Body], None] = _nothing
    release: Callable[[Body, str], None] = _nothing
    key: str = "name"

    def kept(self, old: Body) -> Body:
        """Return what an update leaves as it is; backends are replaced as a whole."""
        return {name: value for name, value in old.items() if name != "backends"}


PARTS = {
    "backend_set": Part(
        "BackendSet", "backendSets", "backendSetName", make=backend_set, release=release_set
    ),
    "listener": Part("Listener", "listeners", "listenerName", make=listener, check=check_listener),
    "hostname": Part("Hostname", "hostnames", "name"),
    "rule_set": Part(
        "RuleSet",
        "ruleSets",
        "ruleSetName",
        check=listener_tls.check_rules,
        release=listener_tls.release_rules,
    ),
    "certificate": Part(
        "Certificate", "certificates", "certificateName", make=_certificate, key="certificateName"
    ),
}
_ABSENT = {
    "get_listener",
    "list_listener",
    "update_certificate",
    "get_certificate",
}  # the API has no such operations


def has(verb: str, word: str) -> bool:
    return f"{verb}_{word}" not in _ABSENT
