"""The state of HTTPS of an environment in words, from the portal's own database alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from environments import naming
from environments.certificates import KEY
from environments.models import Environment, ManagedResource
from portal.lib.clock import now

SOON = 30  # days


@dataclass(frozen=True, slots=True)
class HttpsStatus:
    """What a page shows about the certificate of an environment with a domain."""

    host: str
    words: str
    tone: str  # ok, warn or bad
    until: datetime | None = None
    version: int | None = None
    names: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()


def https_status(
    environment: Environment, resources: Iterable[ManagedResource]
) -> HttpsStatus | None:
    """Return the state; nothing for an environment without a domain, which speaks plain HTTP."""
    domain = environment.setting("domain")
    if not domain:
        return None
    rows = {row.key: row for row in resources}
    host, certificate, zone = naming.host(domain), rows.get(KEY), rows.get("dns_zone")
    servers = tuple(zone.facts.get("nameservers") or ()) if zone else ()
    if certificate is None:
        return HttpsStatus(
            host, f"HTTPS waits for a certificate for {host}.", "warn", nameservers=servers
        )
    until = _parse_time(certificate.facts.get("not_after"))
    words, tone = _describe(certificate, host, until, served=_is_there(rows.get("listener.https")))
    facts = certificate.facts
    return HttpsStatus(
        host, words, tone, until, facts.get("version"), tuple(facts.get("names") or ()), servers
    )


def warnings(environment: Environment) -> list[str]:
    """Return what the reader of a plan should know about the certificate that is there."""
    found = https_status(environment, environment.resources.all())
    return [found.words] if found and found.version and found.tone != "ok" else []


def _describe(
    certificate: ManagedResource, host: str, until: datetime | None, *, served: bool
) -> tuple[str, str]:
    names = certificate.facts.get("names") or []
    if certificate.state == "GONE" or until is None:
        return "The certificate no longer exists in OCI: import it again.", "bad"
    if until <= now():
        return (
            (
                f"The certificate expired on {until:%Y-%m-%d}: browsers refuse {host}. Import a "
                "new one."
            ),
            "bad",
        )
    if not any(name in (host, f"*.{host.partition('.')[2]}") for name in names):
        return (
            f"The certificate is for {', '.join(names)}, not for {host}. Import one that is.",
            "bad",
        )
    days = (until - now()).days
    if days < SOON:
        return (
            f"The certificate expires in {days} days, on {until:%Y-%m-%d}: import a new one.",
            "warn",
        )
    if not served:
        return (
            "The certificate is imported. The next plan adds HTTPS and the redirect to it.",
            "warn",
        )
    return f"The certificate is valid until {until:%Y-%m-%d}.", "ok"


def _is_there(row: ManagedResource | None) -> bool:
    return row is not None and row.state != "GONE"


def _parse_time(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
