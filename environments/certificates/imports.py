"""Import a certificate: from the form through memory into the Certificates service alone."""

import time
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from environments import naming
from environments.blueprint import blueprint
from environments.certificates import KEY
from environments.certificates.checks import CheckedCertificate, PastedCertificate, check
from environments.desired import Actual, Desired
from environments.kinds import KINDS
from environments.kinds.certificate import certificate_from_wire
from environments.kinds.states import is_busy, is_dying
from environments.models import Environment, ManagedResource
from environments.reconcile.observe import CloudReader
from environments.reconcile.planning import spec_of
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.cloud.client import CloudClient, client
from portal.cloud.errors import CloudError
from portal.lib.act import Act
from portal.lib.clock import now
from portal.lib.refusal import Invalid, Refused

ATTEMPTS, PAUSE = 30, 0.1


@sensitive_variables("pasted", "checked")
def import_certificate(
    environment: Environment, pasted: PastedCertificate, user: User
) -> ManagedResource:
    """Create the certificate in OCI, or a new version of it; the key is stored nowhere else.

    Each try is in the audit trail. Raises Invalid or Refused, in words and before any changing
    call, when it cannot be imported; CloudError when OCI refuses it or does not answer.
    """
    act, host = _act(environment), require_importable(environment, user)
    compartment = environment.ocid("compartment")
    try:
        checked = check(pasted, host=host, at=now())
    except Invalid as error:
        error.act = act
        raise
    cloud, want = client(environment.home_region), _desired_certificate(environment, compartment)
    found = _find_certificate(environment, cloud, want)
    audit = partial(_audit, act, user.actor, checked)
    audit(Outcome.ADMITTED, ocid=found.ocid if found else "")
    try:
        stored = _store(cloud, want, found, checked)
    except CloudError as error:
        audit(Outcome.UNKNOWN if error.outcome_unknown else Outcome.FAILED, error=str(error))
        raise
    with transaction.atomic():
        kept = _store_resource(environment, stored)
        audit(Outcome.DONE, ocid=stored.ocid, version=stored.facts.get("version"))
    return kept


def require_importable(environment: Environment, user: User) -> str:
    """Return the name that the certificate must cover; refuse without role or domain."""
    words, act = f"import a certificate for {environment}", _act(environment)
    allow(environment.can_import_certificate(user), user, words, act)
    domain = environment.setting("domain")
    if not domain:
        raise Refused(
            f"{environment.slug} has no domain, so there is no name for a certificate.",
            next_step="Enter one under DNS and HTTPS in the environment's settings.",
            act=act,
        )
    return naming.host(domain)


def _desired_certificate(environment: Environment, compartment: str) -> Desired:
    """Return the certificate as the blueprint wants it: name, place, tags."""
    wanted = blueprint(replace(spec_of(environment), certificate="imported"))
    return next(want for want in wanted if want.key == KEY).resolved(
        lambda key, fact: compartment if key == "compartment" else None
    )


def _find_certificate(environment: Environment, cloud: CloudClient, want: Desired) -> Actual | None:
    """Return the present certificate; refuse one that is not ours or is being deleted."""
    known = environment.resource(KEY)
    found = KINDS[want.kind].read(CloudReader(cloud), want, known.ocid if known else "")
    if found and found.owner and not found.is_ours(want):
        raise Refused(
            f"{found.name} {found.whose}.",
            next_step="Rename or remove it in the OCI console.",
        )
    if found and is_dying(found.state):
        raise Refused(
            f"{found.name} is scheduled for deletion.",
            next_step="Cancel the deletion in OCI, then import again.",
        )
    return found


@sensitive_variables("checked", "config")
def _store(
    cloud: CloudClient, want: Desired, found: Actual | None, checked: CheckedCertificate
) -> Actual:
    """Send it once; after a lost answer the serial number in OCI tells whether it arrived."""
    config = {
        "configType": "IMPORTED",
        "certificatePem": checked.certificate,
        "certChainPem": checked.chain,
    }
    config["privateKeyPem"] = checked.private_key
    try:
        answered = _send(cloud, want, found, config)
    except CloudError as error:
        shown = (
            _wait_until_current(cloud, want, found, checked.serial)
            if error.outcome_unknown
            else None
        )
        if shown is None:
            raise
        return shown
    return _wait_until_current(cloud, want, answered, checked.serial) or answered


@sensitive_variables("config")
def _send(
    cloud: CloudClient, want: Desired, found: Actual | None, config: dict[str, Any]
) -> Actual:
    if found is None:
        body = {**want.place, **want.fields, "name": want.name, "certificateConfig": config}
        return certificate_from_wire(
            cloud.change("certificates_management", "create_certificate", body).data
        )
    body = {"certificateConfig": {**config, "stage": "CURRENT"}}
    # Only over what was read: of two people who import at once, the second is told.
    unchanged = {"if_match": found.etag} if found.etag else {}
    return certificate_from_wire(
        cloud.change(
            "certificates_management", "update_certificate", found.ocid, body, **unchanged
        ).data
    )


def _wait_until_current(
    cloud: CloudClient, want: Desired, found: Actual | None, serial: str
) -> Actual | None:
    """Wait until OCI shows this serial number as current; nothing when it does not."""
    for _ in range(ATTEMPTS):
        shown = KINDS[want.kind].read(CloudReader(cloud), want, found.ocid if found else "")
        if (
            shown
            and not is_busy(shown.state)
            and _normalize_serial(shown.facts.get("serial")) == serial
        ):
            return shown
        time.sleep(PAUSE)
    return None


def _normalize_serial(serial: object) -> str:
    return str(serial or "").replace(":", "").lower().lstrip("0")


def _store_resource(environment: Environment, stored: Actual) -> ManagedResource:
    kind = KINDS["certificate"]
    values = {
        "kind": kind.name,
        "name": stored.name,
        "ocid": stored.ocid,
        "state": stored.state,
        "facts": stored.facts,
    }
    kept, _ = ManagedResource.objects.update_or_create(
        environment=environment, key=KEY, defaults={**values, "seen_at": now()}
    )
    return kept


def _act(environment: Environment) -> Act:
    slug = environment.slug
    return Act(Verb.CERTIFICATE_IMPORT, f"certificate:{slug}", slug)


@sensitive_variables("checked")
def _audit(
    act: Act, actor: str, checked: CheckedCertificate, outcome: Outcome, **detail: object
) -> None:
    shown = {
        "serial": checked.serial,
        "fingerprint": checked.fingerprint,
        "names": list(checked.names),
        "issuer": checked.issuer,
        "not_after": checked.not_after.isoformat(),
    }
    audit(act, actor=actor, outcome=outcome, detail={**shown, **detail})
