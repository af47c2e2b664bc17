"""Contradictions between settings, said at start or by `check --deploy`, each with an id and
the way out.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from portal.accounts.discovery import ALGORITHMS

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ENDPOINTS = (
    "OIDC_OP_AUTHORIZATION_ENDPOINT",
    "OIDC_OP_TOKEN_ENDPOINT",
    "OIDC_OP_USER_ENDPOINT",
    "OIDC_OP_JWKS_ENDPOINT",
)
_OTHER_CONNECTIONS = 6  # of a worker: its four loops, and the doorbell's two tasks
_SHORTEST = 16  # characters of a shared secret


@register(Tags.security)
def contradictions(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Report what cannot work anywhere, sandbox included."""
    return [
        *_algorithm(),
        *_half_configured_sign_in(),
        *_recheck(),
        *_audit_key_shape(),
        *_oci_credentials(),
        *_job_kind_aliases(),
        *_proxies(),
    ]


def _proxies() -> Iterator[CheckMessage]:
    if settings.SECURE_PROXY_SSL_HEADER and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        said = "BEHIND_TLS_PROXY is set and TRUSTED_PROXY_COUNT is 0: everybody has one address."
        hint = (
            "Leave TRUSTED_PROXY_COUNT out for one proxy, or set it to the number of proxies:"
            " else a stranger's wrong passwords lock everybody out."
        )
        yield Error(said, hint=hint, id="portal.E008")


@register(Tags.security, deploy=True)
def deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Report what must not go to a server."""
    return [
        *_sandbox(),
        *_roles(),
        *_addresses(),
        *_sign_in(),
        *_keys(),
        *_webhook(),
        *_cloud(),
        *_connections(),
    ]


def _algorithm() -> Iterator[CheckMessage]:
    if settings.OIDC_RP_SIGN_ALGO not in ("", *ALGORITHMS):
        said = f"OIDC_SIGN_ALGO is {settings.OIDC_RP_SIGN_ALGO}: every sign-in will be refused."
        yield Error(
            said,
            hint="Leave it out, or set it to RS256 or ES256, whichever the provider signs with.",
            id="portal.E001",
        )


def _half_configured_sign_in() -> Iterator[CheckMessage]:
    names = ("OIDC_ISSUER", "OIDC_RP_CLIENT_ID", "OIDC_RP_CLIENT_SECRET", *_ENDPOINTS)
    given = [name for name in names if getattr(settings, name)]
    missing = [name for name in ("OIDC_ISSUER", "OIDC_RP_CLIENT_ID") if name not in given]
    if given and missing:
        missing = [name.replace("_RP_", "_") for name in missing]
        yield Error(
            f"Single sign-on is configured in part: {', '.join(missing)} missing.",
            hint="Set the issuer and the client, or none of it for break-glass accounts alone.",
            id="portal.E002",
        )


def _recheck() -> Iterator[CheckMessage]:
    if not 0 <= settings.IDENTITY_WRITE_SECONDS <= 60:
        said = (
            f"IDENTITY_WRITE_SECONDS is {settings.IDENTITY_WRITE_SECONDS}: a revoked person could"
            " go on changing things."
        )
        yield Error(said, hint="Use 0 to 60; 1 is the default.", id="portal.E003")


def _audit_key_shape() -> Iterator[CheckMessage]:
    if settings.AUDIT_SIGNING_KEY and not _is_key(settings.AUDIT_SIGNING_KEY):
        hint = "`manage.py new_keys AUDIT_SIGNING_KEY` makes one."
        yield Error("AUDIT_SIGNING_KEY is not 32 bytes in base64.", hint=hint, id="portal.E004")


def _oci_credentials() -> Iterator[CheckMessage]:
    kinds = ("api_key", "instance_principal", "resource_principal")
    if settings.OCI["auth"] not in kinds:
        said = f"OCI_AUTH is {settings.OCI['auth']}."
        yield Error(said, hint=f"Use one of {', '.join(kinds)}.", id="portal.E005")
    wanted = ("tenancy", "user", "fingerprint", "key")
    given = [name for name in wanted if settings.OCI[name]]
    if settings.OCI["auth"] == "api_key" and given and len(given) < len(wanted):
        missing = ", ".join(f"OCI_{name.upper()}" for name in wanted if name not in given)
        yield Error(
            f"The OCI API key is configured in part: {missing} missing.",
            hint="Set all four.",
            id="portal.E006",
        )


def _job_kind_aliases() -> Iterator[CheckMessage]:
    for former, present in settings.JOB_KIND_ALIASES.items():
        if former in settings.JOB_KINDS or present not in settings.JOB_KINDS:
            said = f"JOB_KIND_ALIASES maps '{former}' to '{present}'."
            hint = (
                "The former name must be gone from JOB_KINDS, and the present name must be in it."
            )
            yield Error(said, hint=hint, id="portal.E007")


def _sandbox() -> Iterator[CheckMessage]:
    if settings.PORTAL_SANDBOX:
        yield Warning(
            "PORTAL_SANDBOX is on: everything the portal shows is simulated.",
            hint="Unset it.",
            id="portal.W001",
        )
    if settings.DEBUG:
        yield Warning(
            "DEBUG is on.", hint="The portal never needs it on a server.", id="portal.W002"
        )


def _roles() -> Iterator[CheckMessage]:
    owner, runtime = (
        settings.DATABASES["owner"].get("USER"),
        settings.DATABASES["default"].get("USER"),
    )
    if owner == runtime:
        said = (
            "The runtime database role owns the schema: anybody who breaks into the portal can"
            " rewrite the audit trail."
        )
        hint = (
            "Give DATABASE_OWNER_URL its own role, used by `manage.py migrate` alone, and"
            " DATABASE_URL one that owns nothing."
        )
        yield Warning(said, hint=hint, id="portal.W003")


def _addresses() -> Iterator[CheckMessage]:
    portal = urlsplit(settings.PORTAL_URL)
    if portal.scheme != "https" and portal.hostname not in _LOOPBACK:
        hint = (
            "Put TLS in front and set PORTAL_URL to its https address: cookies, HSTS and redirects"
            " follow from it."
        )
        yield Warning(
            f"PORTAL_URL is {settings.PORTAL_URL}: sessions would travel in the clear.",
            hint=hint,
            id="portal.W004",
        )
    if portal.scheme == "https" and not settings.SECURE_PROXY_SSL_HEADER:
        hint = (
            "Set BEHIND_TLS_PROXY=1 when a proxy ends TLS (and drops X-Forwarded-Proto from"
            " outside)."
        )
        yield Warning(
            "PORTAL_URL is https, but nothing tells the portal that a request came by it.",
            hint=hint,
            id="portal.W005",
        )
    if "*" in settings.ALLOWED_HOSTS or portal.hostname not in settings.ALLOWED_HOSTS:
        said = (
            f"ALLOWED_HOSTS is {', '.join(settings.ALLOWED_HOSTS)}, PORTAL_URL is at"
            f" {portal.hostname}."
        )
        yield Warning(said, hint="List the host of PORTAL_URL, and no wildcard.", id="portal.W006")


def _sign_in() -> Iterator[CheckMessage]:
    if not settings.OIDC_ISSUER:
        hint = "Set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (docs/deploy.md)."
        yield Warning(
            "No identity provider: only break-glass accounts can sign in.",
            hint=hint,
            id="portal.W007",
        )
    elif not settings.OIDC_RP_CLIENT_SECRET:
        yield Warning(
            "OIDC_CLIENT_SECRET is missing.", hint="Use a confidential client.", id="portal.W008"
        )
    addresses = ("OIDC_ISSUER", "OIDC_DISCOVERY_URL", *_ENDPOINTS)
    plain = [name for name in addresses if getattr(settings, name).startswith("http://")]
    if plain:
        said = f"The identity provider is asked in the clear: {', '.join(plain)}."
        yield Warning(said, hint="Use its https addresses.", id="portal.W009")


def _keys() -> Iterator[CheckMessage]:
    if not settings.AUDIT_SIGNING_KEY:
        hint = (
            "Without it no checkpoint is signed, and a rewritten audit trail cannot be told from"
            " the true one."
        )
        yield Warning("AUDIT_SIGNING_KEY is missing.", hint=hint, id="portal.W010")
    if settings.JOB_TOKEN_KEY == settings.SECRET_KEY:
        hint = (
            "Give it a value of its own: replacing SECRET_KEY would make new retry tokens for calls"
            " that may have been done."
        )
        yield Warning("JOB_TOKEN_KEY is SECRET_KEY.", hint=hint, id="portal.W011")


def _webhook() -> Iterator[CheckMessage]:
    if len(settings.WEBHOOK_PASSWORD) < _SHORTEST:
        said = f"WEBHOOK_PASSWORD has fewer than {_SHORTEST} characters."
        yield Warning(
            said, hint="OCI Notifications sends it; make a long random one.", id="portal.W012"
        )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < _SHORTEST:
        yield Warning(
            f"METRICS_TOKEN has fewer than {_SHORTEST} characters.",
            hint="Make a long random one.",
            id="portal.W013",
        )


def _cloud() -> Iterator[CheckMessage]:
    if settings.OCI["endpoint"]:
        said = f"OCI_ENDPOINT is {settings.OCI['endpoint']}: all calls go there instead of to OCI."
        yield Warning(said, hint="It is for the simulator; unset it.", id="portal.W014")
    if settings.OCI["auth"] == "api_key" and not settings.OCI["key"]:
        hint = (
            "Set OCI_TENANCY, OCI_USER, OCI_FINGERPRINT and OCI_KEY_FILE, or"
            " OCI_AUTH=instance_principal."
        )
        yield Warning("There is no OCI credential.", hint=hint, id="portal.W015")


def _connections() -> Iterator[CheckMessage]:
    needed = settings.JOB_SLOTS + settings.JOB_STEP_THREADS + _OTHER_CONNECTIONS
    if 0 < settings.DATABASE_POOL < needed:
        said = (
            f"DATABASE_POOL is {settings.DATABASE_POOL}; a worker of {settings.JOB_SLOTS} slots and"
            f" {settings.JOB_STEP_THREADS} step threads uses up to {needed} connections."
        )
        yield Warning(said, hint=f"Set it to {needed} at least.", id="portal.W016")


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
