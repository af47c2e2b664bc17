"""Giving a secret a value: from the form through memory into Vault, and nowhere else."""

import base64
import time
from urllib.parse import urlsplit

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from environments.models import SecretReference
from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.cloud.door import Door, door
from portal.cloud.errors import CloudError
from portal.lib.clock import now
from portal.lib.refusal import Invalid

LONGEST = 25_000  # bytes; Vault takes no more
LOOKS = 20


@sensitive_variables("value")
def set_value(reference: SecretReference, value: str, *, actor: str) -> int:
    """Store a new version in Vault and return its number; every try is in the audit trail, the value nowhere."""
    broken = problem(reference.name, value)
    if broken:
        raise Invalid(
            f"{reference.name}: the value {broken}. It was not stored.",
            next_step="Enter it again.",
            verb=Verb.SECRET_SET,
            subject=_subject(reference),
            environment=reference.environment.slug,
        )
    _tell(reference, actor, Outcome.ADMITTED, version=reference.version_number)
    try:
        version = _store(door(reference.environment.home_region), reference.secret_ocid, value)
    except CloudError as error:
        _tell(reference, actor, Outcome.UNKNOWN if error.outcome_unknown else Outcome.FAILED, error=str(error))
        raise
    with transaction.atomic():
        reference.has_version(version, by=actor, at=now())
        reference.save(update_fields=["version_number", "set_by", "set_at"])
        _tell(reference, actor, Outcome.DONE, version=version)
    return version


@sensitive_variables("value")
def problem(name: str, value: str) -> str:
    """Return what is wrong with a value, in words that do not show it."""
    if not value:
        return "is empty"
    if value != value.strip():
        return "begins or ends with white space, which is nearly always a slip of the clipboard"
    if len(value.encode()) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    if not value.isprintable():
        return "holds characters that cannot be printed"
    return _not_a_database_url(value) if name == "DATABASE_URL" else ""


@sensitive_variables("value")
def _not_a_database_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("postgresql", "postgresql+psycopg", "postgres") and parts.hostname and parts.username
        _ = parts.port
    except ValueError:
        fits = False
    return "" if fits else "is no database URL of the form postgresql://user:password@host:5432/name"


@sensitive_variables("value")
def _store(cloud: Door, ocid: str, value: str) -> int:
    before = cloud.read("vaults", "get_secret", ocid)
    content = {"contentType": "BASE64", "content": base64.b64encode(value.encode()).decode(), "stage": "CURRENT"}
    try:
        cloud.change("vaults", "update_secret", ocid, {"secretContent": content}, if_match=before.etag)
    except CloudError as error:
        # The answer may be lost although Vault stored it: the number of the version tells.
        if not error.outcome_unknown or _version_after(cloud, ocid, before.data["currentVersionNumber"]) is None:
            raise
    return _version_after(cloud, ocid, before.data["currentVersionNumber"]) or int(before.data["currentVersionNumber"]) + 1


def _version_after(cloud: Door, ocid: str, number: int) -> int | None:
    """Wait until Vault shows a newer version; nothing when it does not."""
    for _ in range(LOOKS):
        current = int(cloud.read("vaults", "get_secret", ocid).data["currentVersionNumber"])
        if current > number:
            return current
        time.sleep(0.1)
    return None


def _subject(reference: SecretReference) -> str:
    return f"secret:{reference.environment.slug}/{reference.name}"


def _tell(reference: SecretReference, actor: str, outcome: Outcome, **detail: object) -> None:
    record(
        Verb.SECRET_SET,
        actor=actor,
        subject=_subject(reference),
        environment=reference.environment.slug,
        outcome=outcome,
        detail={"ocid": reference.secret_ocid, **detail},
    )
