"""The blueprint: which resources an environment's settings mean. Pure: no database, no cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from environments import cleaning, naming, rights, statements
from environments.desired import ENVIRONMENT_TAG, KEY_TAG, SHARED, TENANCY, Desired
from environments.kinds import KINDS
from environments.validation import complete, problems
from portal.lib.refusal import Invalid

ROOT = {"compartmentId": f"${{{TENANCY}}}"}
HOME = {"compartmentId": "${compartment}"}
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class Order:
    """Everything the blueprint may know of an environment."""

    slug: str
    position: int
    prefix: str
    owner: str
    cost_center: str
    settings: Mapping[str, Any]
    region: str
    webhook: str  # as it may be shown: without the password
    webhook_seal: str


def blueprint(order: Order) -> list[Desired]:
    """Return the resources of an environment; refuse settings that cannot be built, before any call."""
    found = problems(order.settings)
    if found:
        raise Invalid(
            f"The settings of {order.slug} cannot be built: {'; '.join(found)}.",
            next_step="Correct them on the environment's admin page.",
            subject=f"environment:{order.slug}",
            environment=order.slug,
        )
    plain = [
        *_tenancy(order),
        *_network(order),
        *_vault(order),
        *_rights(order),
        *_data(order),
        *_delivery(order),
        *_traffic(order),
        *_alarms(order),
    ]
    _refuse_wide(order, plain)
    return [_completed(order, want) for want in plain]


def _refuse_wide(order: Order, wanted: list[Desired]) -> None:
    """Let no plan hold a policy that gives more than it must."""
    wide = rights.refusals(line for want in wanted for line in want.fields.get("statements", []))
    if wide:
        raise Invalid(
            f"The policies of {order.slug} give too much: {'. '.join(wide)}.",
            next_step="Narrow them in environments/statements.py.",
            subject=f"environment:{order.slug}",
            environment=order.slug,
        )


def _completed(order: Order, want: Desired) -> Desired:
    """Add what every resource has: an owner, tags, and what its kind always needs."""
    kind = KINDS[want.kind]
    owner = want.owner or order.slug
    fields = dict(want.fields)
    if kind.tagged:
        fields["freeformTags"] = {ENVIRONMENT_TAG: owner, KEY_TAG: want.key}
    if kind.tagged and owner != SHARED:
        fields["definedTags"] = {naming.tag_namespace(order.prefix): _tag_values(order)}
    needs = tuple(sorted({*want.needs, *kind.needs}))
    return replace(want, owner=owner, fields=fields, needs=needs)


def _tag_values(order: Order) -> dict[str, str]:
    return {"project": order.prefix, "env": order.slug, "owner": order.owner, "costCenter": order.cost_center}


def _tenancy(order: Order) -> list[Desired]:
    namespace = naming.tag_namespace(order.prefix)
    what = {"project": "Product", "env": "Environment", "owner": "Who answers for it", "costCenter": "Who pays for it"}
    keys = [
        Desired(
            f"tag.{key}",
            "tag",
            key,
            {"tagNamespaceId": "${tag_namespace}"},
            {"name": key, "description": what[key], "isCostTracking": True, "isRetired": False},
            owner=SHARED,
        )
        for key in naming.TAG_KEYS
    ]
    name = naming.compartment(order.prefix, order.slug)
    return [
        Desired(
            "tag_namespace",
            "tag_namespace",
            namespace,
            ROOT,
            {"name": namespace, "description": f"Ownership and cost of {order.prefix}", "isRetired": False},
            owner=SHARED,
        ),
        *keys,
        Desired(
            "compartment",
            "compartment",
            name,
            ROOT,
            {"name": name, "description": f"{order.prefix} {order.slug}"},
            needs=tuple(key.key for key in keys),
        ),
    ]


def _rights(order: Order) -> list[Desired]:
    """Return who there is, people and containers, and what each may do."""
    groups = [
        Desired(f"group.{role}", "group", naming.group(order.prefix, role), ROOT, {"description": meaning}, owner=SHARED)
        for role, meaning in naming.PEOPLE.items()
    ]
    rule = {"matchingRule": statements.containers()}
    containers = [
        _described(order, f"dynamic_group.{image}", f"{image} containers", image, ROOT, rule) for image in naming.REPOSITORIES
    ]
    lines = [line for image in naming.REPOSITORIES for line in statements.workload(order.prefix, order.slug, image)]
    people, services = statements.people(order.prefix), statements.services(order.region)
    # A policy that names a group which does not exist yet is refused, or silently gives nothing.
    policies = [
        ("workloads", "what its containers may do", lines, [group.key for group in containers]),
        ("people", "what people may do", people, ["group.deployers", "group.ops-readonly"]),
        ("services", "what Object Storage may do by itself", services, []),
    ]
    return [
        *groups,
        *containers,
        *[
            _described(order, f"policy.{name}", meaning, name, HOME, {"statements": said}, needs)
            for name, meaning, said, needs in policies
        ],
    ]


def _described(
    order: Order, key: str, meaning: str, what: str, place: dict[str, Any], fields: dict[str, Any], needs: Sequence[str] = ()
) -> Desired:
    name = naming.thing(order.prefix, order.slug, what)
    described = {"description": f"{order.prefix} {order.slug}: {meaning}", **fields}
    return Desired(key, key.partition(".")[0], name, place, described, needs=tuple(needs))


def _named(order: Order, key: str, kind: str, what: str, place: dict[str, Any], fields: dict[str, Any]) -> Desired:
    name = naming.thing(order.prefix, order.slug, what)
    return Desired(key, kind, name, place, {"displayName": name, **fields})


def _network(order: Order) -> list[Desired]:
    of = complete(order.settings, position=order.position)
    inside = {**HOME, "vcnId": "${vcn}"}
    label = naming.dns_label(f"{order.prefix[:10]}{order.slug}")
    vcn = {"dnsLabel": label}
    return [
        _named(order, "vcn", "vcn", "vcn", HOME, {"cidrBlocks": [of["vcn_cidr"]], **vcn}),
        _named(order, "internet_gateway", "internet_gateway", "internet", inside, {"isEnabled": True}),
        _named(order, "nat_gateway", "nat_gateway", "nat", inside, {"blockTraffic": False}),
        _named(order, "service_gateway", "service_gateway", "services", inside, {"reaches": "all services"}),
        _named(order, "route_table.public", "route_table", "public", inside, {"routeRules": [_route("internet_gateway")]}),
        _named(
            order,
            "route_table.private",
            "route_table",
            "private",
            inside,
            {"routeRules": [_route("nat_gateway"), _services_route()]},
        ),
        _subnet(order, "public", of["public_subnet_cidr"], inside, closed=False),
        _subnet(order, "private", of["private_subnet_cidr"], inside, closed=True),
        *_security_groups(order, of, inside),
    ]


def _route(gateway: str) -> dict[str, str]:
    return {"destination": ANYWHERE, "destinationType": "CIDR_BLOCK", "networkEntityId": f"${{{gateway}}}"}


def _services_route() -> dict[str, str]:
    return {
        "destination": "${service_gateway:cidrBlock}",
        "destinationType": "SERVICE_CIDR_BLOCK",
        "networkEntityId": "${service_gateway}",
    }


def _subnet(order: Order, which: str, cidr: str, inside: dict[str, Any], *, closed: bool) -> Desired:
    fields = {
        "cidrBlock": cidr,
        "dnsLabel": which,
        "prohibitPublicIpOnVnic": closed,
        "routeTableId": f"${{route_table.{which}}}",
    }
    return _named(order, f"subnet.{which}", "subnet", which, inside, fields)


def _security_groups(order: Order, of: Mapping[str, Any], inside: dict[str, Any]) -> list[Desired]:
    """Open one path: internet -> load balancer -> application -> database; replies are let back by OCI."""
    private, backend = of["private_subnet_cidr"], of["backend_port"]
    balancer = [
        _rule("INGRESS", ANYWHERE, of["listener_port"], "visitors"),
        _rule("EGRESS", private, backend, "application"),
    ]
    application = [
        _rule("INGRESS", "${nsg.lb}", backend, "load balancer", kind="NETWORK_SECURITY_GROUP"),
        _rule("EGRESS", "${service_gateway:cidrBlock}", 443, "services of OCI", kind="SERVICE_CIDR_BLOCK"),
        _rule("EGRESS", ANYWHERE, 443, "language model"),
        _rule("EGRESS", private, 5432, "database"),
    ]
    database = [_rule("INGRESS", "${nsg.app}", 5432, "application", kind="NETWORK_SECURITY_GROUP")]
    rules = {"lb": balancer, "app": application, "db": database}
    return [_named(order, f"nsg.{which}", "nsg", which, inside, {"rules": rules[which]}) for which in rules]


def _rule(direction: str, other: str, port: int, who: str, *, kind: str = "CIDR_BLOCK") -> dict[str, Any]:
    end = "source" if direction == "INGRESS" else "destination"
    return {
        "direction": direction,
        "protocol": "6",
        end: other,
        f"{end}Type": kind,
        "isStateless": False,
        "description": who,
        "tcpOptions": {"destinationPortRange": {"min": port, "max": port}},
    }


def _vault(order: Order) -> list[Desired]:
    key = {"keyShape": {"algorithm": "AES", "length": 32}, "protectionMode": "SOFTWARE"}
    place = {**HOME, "vaultId": "${vault}", "keyId": "${key}"}
    secrets = [
        Desired(f"secret.{name}", "secret", name, place, {"secretName": name, "description": f"{name} of {order.slug}"})
        for name in naming.SECRETS
    ]
    return [
        _named(order, "vault", "vault", "vault", HOME, {"vaultType": "DEFAULT"}),
        _named(order, "key", "key", "secrets", {**HOME, "at": "${vault:managementEndpoint}"}, key),
        *secrets,
    ]


def _data(order: Order) -> list[Desired]:
    of = complete(order.settings, position=order.position)
    versioned = {"frontend-static": True, "uploads": of["versioned_uploads"], "exports": False, "backups": False}
    kept = {"exports": of["exports_days"]}
    buckets = [
        Desired(
            f"bucket.{which}",
            "bucket",
            naming.thing(order.prefix, order.slug, which),
            HOME,
            {
                "publicAccessType": "ObjectReadWithoutList" if which == "frontend-static" else "NoPublicAccess",
                "versioning": "Enabled" if versioned[which] else "Disabled",
            },
        )
        for which in naming.BUCKETS
    ]
    cleaned = [
        Desired(
            f"lifecycle.{which}",
            "lifecycle",
            naming.thing(order.prefix, order.slug, which),
            {"bucket": f"${{bucket.{which}}}"},
            {"items": cleaning.rules(versioned=versioned[which], days=kept.get(which, 0))},
        )
        for which in naming.BUCKETS
    ]
    return [*buckets, *cleaned]


def _delivery(order: Order) -> list[Desired]:
    return [
        Desired(
            f"repository.{image}", "repository", naming.repository(order.prefix, order.slug, image), HOME, {"isPublic": False}
        )
        for image in naming.REPOSITORIES
    ]


def _traffic(order: Order) -> list[Desired]:
    of = complete(order.settings, position=order.position)
    balancer = {
        "shapeName": "flexible",
        "shapeDetails": {"minimumBandwidthInMbps": of["lb_min_mbps"], "maximumBandwidthInMbps": of["lb_max_mbps"]},
        "isPrivate": False,
        "subnetIds": ["${subnet.public}"],
        "networkSecurityGroupIds": ["${nsg.lb}"],
    }
    check = {
        "protocol": "HTTP",
        "urlPath": of["health_path"],
        "port": of["backend_port"],
        "returnCode": 200,
        "retries": 3,
        "timeoutInMillis": 3000,
        "intervalInMillis": of["health_interval_ms"],
    }
    part = {"loadBalancerId": "${load_balancer}"}
    backends = {"policy": "ROUND_ROBIN", "healthChecker": check}
    listener = {"defaultBackendSetName": naming.BACKEND_SET, "port": of["listener_port"], "protocol": "HTTP"}
    # Made with its parts: each part ordered later is a work request of half a minute.
    at_birth = {"backendSets": {naming.BACKEND_SET: backends}, "listeners": {naming.LISTENER: listener}}
    return [
        _named(order, "load_balancer", "load_balancer", "lb", {**HOME, **at_birth}, balancer),
        Desired("backend_set.api", "backend_set", naming.BACKEND_SET, part, backends),
        Desired("listener.api", "listener", naming.LISTENER, part, listener, needs=("backend_set.api",)),
    ]


def _alarms(order: Order) -> list[Desired]:
    of = complete(order.settings, position=order.position)
    topic = naming.thing(order.prefix, order.slug, "alarms")
    query = 'httpResponses5xx[1m]{resourceId = "${load_balancer}", backendSetName = "%s"}.grouping().sum() > %d'
    alarm = {
        "metricCompartmentId": "${compartment}",
        "namespace": "oci_lbaas",
        "query": query % (naming.BACKEND_SET, of["alarm_5xx_per_minute"]),
        "severity": "CRITICAL",
        "pendingDuration": "PT1M",
        "messageFormat": "RAW",
        "destinations": ["${topic}"],
        "isEnabled": True,
        "body": f"{order.prefix} {order.slug}: the API answers with errors (5xx).",
    }
    subscription = {"protocol": "CUSTOM_HTTPS", "endpoint": order.webhook, "seal": order.webhook_seal}
    return [
        Desired("topic", "topic", topic, HOME, {"description": f"Alarms of {order.prefix} {order.slug}"}),
        Desired("subscription", "subscription", order.webhook, {**HOME, "topicId": "${topic}"}, subscription),
        _named(order, "alarm.5xx", "alarm", "5xx", HOME, alarm),
    ]
