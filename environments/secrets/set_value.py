"""Give a secret a value: from the form through memory into Vault, and nowhere else."""

import base64
import time

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from environments.models import SecretReference
from environments.secrets import database_url
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.cloud.client import CloudClient, client
from portal.cloud.errors import CloudError
from portal.lib.clock import now
from portal.lib.refusal import Invalid

LONGEST = 25_000  # bytes; Vault takes no more
ATTEMPTS = 20


@sensitive_variables("value")
def set_value(reference: SecretReference, value: str, user: User) -> int:
    """Store a new version in Vault and return its number; each try is audited."""
    act, actor, ocid = reference.act(Verb.SECRET_SET), user.actor, {"ocid": reference.secret_ocid}
    environment = reference.environment
    allow(environment.can_set_secret(user), user, f"set {reference.name} of {environment}", act)
    broken = problem(reference.name, value)
    if broken:
        message = f"{reference.name}: the value {broken}. It was not stored."
        raise Invalid(message, next_step="Enter it again.", act=act)
    number = {"version": reference.version_number}
    audit(act, actor=actor, outcome=Outcome.ADMITTED, detail={**ocid, **number})
    try:
        version = _store(client(environment.home_region), reference.secret_ocid, value)
    except CloudError as error:
        outcome = Outcome.UNKNOWN if error.outcome_unknown else Outcome.FAILED
        audit(act, actor=actor, outcome=outcome, detail={**ocid, "error": str(error)})
        raise
    with transaction.atomic():
        reference.store_version(version, by=actor, at=now())
        reference.save(update_fields=["version_number", "set_by", "set_at"])
        audit(act, actor=actor, detail={**ocid, "version": version})
    return version


@sensitive_variables("value")
def problem(name: str, value: str) -> str:
    """Return what is wrong with a value, in words that do not show it."""
    if not value:
        return "is empty"
    if value != value.strip():
        return "begins or ends with white space, which is nearly always a copying mistake"
    if len(value.encode()) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    if not value.isprintable():
        return "holds characters that cannot be printed"
    return database_url.find_problem(value) if name == "DATABASE_URL" else ""


@sensitive_variables("value", "content", "secret")
def _store(cloud: CloudClient, ocid: str, value: str) -> int:
    before = cloud.read("vaults", "get_secret", ocid)
    number = int(before.data["currentVersionNumber"])
    content = base64.b64encode(value.encode()).decode()
    secret = {"contentType": "BASE64", "content": content, "stage": "CURRENT"}
    # Made with generation on: while it is, Vault generates new versions itself (Updating a Secret).
    body = {"enableAutoGeneration": False, "secretContent": secret}
    try:
        cloud.change("vaults", "update_secret", ocid, body, if_match=before.etag)
    except CloudError as error:
        # The answer may be lost although Vault stored it: the number of the version tells.
        if not error.outcome_unknown:
            raise
        stored = _version_after(cloud, ocid, number)
        if stored is None:
            raise
        return stored
    return _version_after(cloud, ocid, number) or number + 1


def _version_after(cloud: CloudClient, ocid: str, number: int) -> int | None:
    """Wait until Vault shows a newer version; nothing when it does not."""
    for _ in range(ATTEMPTS):
        current = int(cloud.read("vaults", "get_secret", ocid).data["currentVersionNumber"])
        if current > number:
            return current
        time.sleep(0.1)
    return None
