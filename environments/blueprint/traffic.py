"""The load balancer and its parts, with DNS names and the certificate. Pure."""

from typing import Any

from environments import naming
from environments.blueprint.spec import HOME, EnvironmentSpec, resource
from environments.desired import Desired

PART = {"loadBalancerId": "${load_balancer}"}
# Both versions need a suite that has ciphers for both; v3 suites are the recommended ones.
TLS = {
    "protocols": ["TLSv1.2", "TLSv1.3"],
    "cipherSuiteName": "oci-tls-12-13-ssl-cipher-suite-v3",
    "verifyPeerCertificate": False,
    "verifyDepth": 1,  # as OCI sets it; named, because Terraform would set 5
}


def resources(spec: EnvironmentSpec) -> list[Desired]:
    """Return the load balancer with its parts; HTTPS once there is a certificate."""
    settings = spec.settings
    balancer = {
        "shapeName": "flexible",
        "shapeDetails": {
            "minimumBandwidthInMbps": settings["lb_min_mbps"],
            "maximumBandwidthInMbps": settings["lb_max_mbps"],
        },
        "isPrivate": False,
        "subnetIds": ["${subnet.public}"],
        "networkSecurityGroupIds": ["${nsg.lb}"],
    }
    parts = _parts(spec)
    return [
        *_names(spec),
        # Made with its parts: each part ordered later is a work request of half a minute.
        spec.named("load_balancer", "lb", {**HOME, **_created_with(parts)}, balancer),
        *parts,
    ]


def notes(spec: EnvironmentSpec) -> list[str]:
    """Say what HTTPS waits for."""
    domain = spec.settings["domain"]
    if not domain or spec.certificate:
        return []
    return [
        f"HTTPS waits for a certificate for {naming.host(domain)}: an admin imports it on the "
        "environment's certificate page."
    ]


def _parts(spec: EnvironmentSpec) -> list[Desired]:
    settings = spec.settings
    check = {
        "protocol": "HTTP",
        "urlPath": settings["health_path"],
        "port": settings["backend_port"],
        "returnCode": 200,
        "retries": 3,
        "timeoutInMillis": 3000,
        "intervalInMillis": settings["health_interval_ms"],
    }
    backends = {"policy": "ROUND_ROBIN", "healthChecker": check}
    plain = _listener(
        settings["listener_port"], ruleSetNames=[naming.REDIRECT] if spec.speaks_https else []
    )
    needs = ["backend_set.api"]
    secure = []
    if spec.speaks_https:
        tls = {**TLS, "certificateIds": ["${certificate.api}"]}
        secured = _listener(settings["https_listener_port"], ruleSetNames=[], sslConfiguration=tls)
        secure = [
            resource(
                "rule_set.https",
                naming.REDIRECT,
                PART,
                {"items": [_redirect(settings["https_listener_port"])]},
            ),
            resource("listener.https", naming.SECURE_LISTENER, PART, secured, needs=tuple(needs)),
        ]
        needs += ["rule_set.https", "listener.https"]  # nobody is sent to where nobody answers
    return [
        resource("backend_set.api", naming.BACKEND_SET, PART, backends),
        *secure,
        resource("listener.api", naming.LISTENER, PART, plain, needs=tuple(needs)),
    ]


def _listener(port: int, **more: Any) -> dict[str, Any]:
    return {"defaultBackendSetName": naming.BACKEND_SET, "port": port, "protocol": "HTTP", **more}


def _redirect(port: int) -> dict[str, Any]:
    """Send every path to the same place by HTTPS, for good."""
    everywhere = {
        "attributeName": "PATH",
        "attributeValue": "/",
        "operator": "FORCE_LONGEST_PREFIX_MATCH",
    }
    to = {"protocol": "HTTPS", "host": "{host}", "port": port, "path": "{path}", "query": "{query}"}
    return {
        "action": "REDIRECT",
        "conditions": [everywhere],
        "redirectUri": to,
        "responseCode": 301,
    }


def _created_with(parts: list[Desired]) -> dict[str, Any]:
    where = {"backend_set": "backendSets", "rule_set": "ruleSets", "listener": "listeners"}
    found: dict[str, Any] = {}
    for part in parts:
        found.setdefault(where[part.kind], {})[part.name] = part.fields
    return found


def _names(spec: EnvironmentSpec) -> list[Desired]:
    settings = spec.settings
    if not settings["domain"]:
        return []
    host = naming.host(settings["domain"])
    address = {
        "domain": host,
        "rtype": "A",
        "rdata": "${load_balancer:ipAddress}",
        "ttl": settings["dns_ttl_seconds"],
    }
    name = spec.name("api")
    certificate = resource(
        "certificate.api", name, HOME, {"description": f"Certificate of {spec.prefix} {spec.slug}"}
    )
    return [
        resource(
            "dns_zone",
            settings["domain"],
            HOME,
            {"name": settings["domain"], "zoneType": "PRIMARY"},
        ),
        resource("dns_record.api", host, {"zone": "${dns_zone}"}, {"items": [address]}),
        *([certificate] if spec.certificate else []),
    ]
