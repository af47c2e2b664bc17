"""What a load balancer refuses about TLS and redirects, by the words of the SDK and of the pages on
cipher suites.
"""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.living.redirects import OPERATORS
from sandbox.oci.service import Body

_OLD, _WIDE = frozenset({"TLSv1.2"}), frozenset({"TLSv1", "TLSv1.1", "TLSv1.2"})
_BOTH, _NEW = frozenset({"TLSv1.2", "TLSv1.3"}), frozenset({"TLSv1.3"})
SUITES = {  # predefined suite: the versions that it has ciphers for
    "oci-default-ssl-cipher-suite-v1": _OLD,
    "oci-modern-ssl-cipher-suite-v1": _OLD,
    "oci-compatible-ssl-cipher-suite-v1": frozenset({"TLSv1.1", "TLSv1.2"}),
    "oci-wider-compatible-ssl-cipher-suite-v1": _WIDE,
    "oci-tls-12-ssl-cipher-suite-v3": _OLD,
    "oci-tls-13-ssl-cipher-suite-v3": _NEW,
    "oci-tls-12-13-ssl-cipher-suite-v3": _BOTH,
}
CODES = (301, 302, 303, 307, 308)


def complete(given: Body | None) -> Body | None:
    """Return a TLS configuration with its defaults."""
    if not given:
        return None
    defaults: Body = {
        "protocols": ["TLSv1.2"],
        "cipherSuiteName": "oci-default-ssl-cipher-suite-v1",
        "verifyDepth": 1,
    }
    defaults |= {
        "verifyPeerCertificate": False,
        "serverOrderPreference": "ENABLED",
        "hasSessionResumption": True,
    }
    return {**defaults, **{name: value for name, value in given.items() if value is not None}}


def check(body: Body, listener: Body) -> None:
    """Refuse a listener whose TLS cannot work, or whose rule sets are not there or not for it."""
    secured = listener.get("sslConfiguration")
    if secured:
        _check_suite(body, secured)
    for name in listener.get("ruleSetNames") or []:
        if name not in body["ruleSets"]:
            raise errors.invalid(f"The rule set {name} does not exist.")
        if redirects(body["ruleSets"][name]):
            _check_plain(listener, name)


def _check_suite(body: Body, secured: Body) -> None:
    suite, wanted = secured["cipherSuiteName"], set(secured["protocols"])
    if not (secured.get("certificateIds") or secured.get("certificateName")):
        raise errors.invalid(
            "sslConfiguration needs a certificate, in certificateIds or certificateName."
        )
    if suite in body["sslCipherSuites"]:
        return
    if suite not in SUITES:
        raise errors.invalid(f"The cipher suite {suite} does not exist.")
    if not wanted or wanted - SUITES[suite]:
        raise errors.invalid(
            f"The cipher suite {suite} does not support the protocols"
            f" {', '.join(sorted(wanted)) or '(none)'}."
        )


def _check_plain(listener: Body, rule_set: str) -> None:
    if listener.get("sslConfiguration") or listener["protocol"] != "HTTP":
        raise errors.invalid(
            f"The rule set {rule_set} redirects, which only HTTP listeners without TLS can do."
        )


def check_rules(body: Body, made: Body) -> None:
    """Refuse redirects that say no path, or answer with another code."""
    paths = []
    for rule in redirects(made):
        conditions = [
            item for item in rule.get("conditions") or [] if item.get("attributeName") == "PATH"
        ]
        if len(conditions) != 1 or conditions[0].get("operator") not in OPERATORS:
            raise errors.invalid("A REDIRECT rule has one condition on PATH, with an operator.")
        if rule.get("responseCode", 302) not in CODES:
            raise errors.invalid(
                f"The response code of a redirect is one of {', '.join(map(str, CODES))}."
            )
        paths.append((conditions[0]["attributeValue"], conditions[0]["operator"]))
    if len(set(paths)) < len(paths):
        raise errors.invalid("Two redirects have the same path.")
    for listener in body["listeners"].values():
        if paths and made["name"] in listener["ruleSetNames"]:
            _check_plain(listener, made["name"])


def release_rules(body: Body, name: str) -> None:
    """Refuse to remove a rule set that a listener uses."""
    for listener in body["listeners"].values():
        if name in listener["ruleSetNames"]:
            raise errors.invalid(f"The rule set {name} is used by the listener {listener['name']}.")


def redirects(rule_set: Body) -> list[Body]:
    """Return the redirects of a rule set."""
    return [item for item in rule_set.get("items") or [] if item.get("action") == "REDIRECT"]
