"""Asking for an act on the vault, its key or a secret: every reason not to is checked here, in words."""

from typing import Any

from django.db import transaction

from environments.kinds import KINDS
from environments.kinds.kind import Recoverable
from environments.kinds.states import is_dying
from environments.models import Environment, ManagedResource
from environments.reconcile.planning import wanted_of
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Missing, Refused

KEY = "key"


@transaction.atomic
def rotate(environment: Environment, *, actor: str) -> Job:
    """Start the job that gives the environment's key a new version; who may is asked by the caller."""
    key = managed(environment, KEY)
    if key.state != "ENABLED":
        raise Refused(
            f"The key of {environment} is {key.state.lower()}.",
            next_step="Cancel its deletion or enable it first.",
            **_about(Verb.KEY_ROTATE, environment, KEY),
        )
    return _begin("environments.rotate_key", Verb.KEY_ROTATE, environment, key, actor=actor)


@transaction.atomic
def recover(environment: Environment, key: str, *, actor: str) -> Job:
    """Start the job that cancels a scheduled deletion; who may is asked by the caller."""
    row = managed(environment, key)
    if not is_dying(row.state):
        raise Refused(
            f"The deletion of {key} of {environment} is not scheduled, as far as the portal knows: it is {row.state.lower()}.",
            next_step="Plan the environment to look at OCI again.",
            **_about(Verb.DELETION_CANCEL, environment, key),
        )
    return _begin("environments.cancel_deletion", Verb.DELETION_CANCEL, environment, row, actor=actor)


def managed(environment: Environment, key: str) -> ManagedResource:
    """Return a resource whose deletion OCI would only schedule, as the portal knows it."""
    row = environment.resource(key)
    word = key.partition(".")[0]
    if row is None or not row.ocid or not isinstance(KINDS.get(word), Recoverable):
        raise Missing(
            f"{environment} has no {key!r} in a vault.",
            next_step="Vault, key and secrets come with the first apply of the environment.",
            subject=f"environment:{environment.slug}",
        )
    return row


def _begin(kind: str, verb: Verb, environment: Environment, row: ManagedResource, *, actor: str) -> Job:
    resources = {one.key: one for one in environment.resources.all()}
    want = next(want for want in wanted_of(environment) if want.key == row.key)
    spec = {
        "region": environment.home_region,
        "key": row.key,
        "ocid": row.ocid,
        "desired": want.resolved(lambda key, fact: _known(resources.get(key), fact)).as_json(),
    }
    job = submit(kind, environment=environment.slug, spec=spec, actor=actor, dedupe=f"{kind}:{row.pk}:{row.state}")
    detail = {"ocid": row.ocid, "name": row.name}
    record(verb, actor=actor, subject=f"{row.key}:{environment.slug}", environment=environment.slug, job=job.pk, detail=detail)
    return job


def _known(row: ManagedResource | None, fact: str) -> Any:
    return None if row is None else row.facts.get(fact) if fact else row.ocid


def _about(verb: Verb, environment: Environment, key: str) -> dict[str, Any]:
    return {"verb": verb, "subject": f"{key}:{environment.slug}", "environment": environment.slug}
