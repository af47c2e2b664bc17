"""Acts on the vault, its key or a secret: every reason not to is checked here, in words."""

from typing import Any

from django.db import transaction

from environments.kinds import KINDS
from environments.kinds.kind import Recoverable
from environments.kinds.states import is_dying
from environments.models import Environment, ManagedResource
from environments.reconcile.planning import wanted_of
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.act import Act
from portal.lib.refusal import Missing, Refused

KEY = "key"


@transaction.atomic
def rotate(environment: Environment, user: User) -> Job:
    """Start the job that gives the environment's key a new version."""
    key, act = require_rotatable(environment, user)
    if key.state != "ENABLED":
        raise Refused(
            f"The key of {environment} is {key.state.lower()}.",
            next_step="Cancel its deletion or enable it first.",
            act=act,
        )
    return _start("environments.rotate_key", act, environment, key, actor=user.actor)


@transaction.atomic
def recover(environment: Environment, key: str, user: User) -> Job:
    """Start the job that cancels a scheduled deletion."""
    row, act = require_recoverable(environment, key, user)
    if not is_dying(row.state):
        raise Refused(
            f"The deletion of {key} of {environment} is not scheduled, as far as the portal knows: "
            f"it is {row.state.lower()}.",
            next_step="Plan the environment to read its state from OCI.",
            act=act,
        )
    return _start("environments.cancel_deletion", act, environment, row, actor=user.actor)


def require_rotatable(environment: Environment, user: User) -> tuple[ManagedResource, Act]:
    """Return the key, or refuse who may not rotate it."""
    act = Act(Verb.KEY_ROTATE, f"{KEY}:{environment.slug}", environment.slug)
    allow(environment.can_rotate_key(user), user, f"rotate the key of {environment}", act)
    return _in_vault(environment, KEY), act


def require_recoverable(
    environment: Environment, key: str, user: User
) -> tuple[ManagedResource, Act]:
    """Return a resource whose deletion OCI only schedules, or refuse who may not cancel that."""
    act = Act(Verb.DELETION_CANCEL, f"{key}:{environment.slug}", environment.slug)
    allow(environment.can_apply(user), user, f"cancel a deletion in {environment}", act)
    return _in_vault(environment, key), act


def _in_vault(environment: Environment, key: str) -> ManagedResource:
    row = environment.resource(key)
    if row is None or not row.ocid or not isinstance(KINDS.get(row.group), Recoverable):
        raise Missing(
            f"{environment} has no {key!r} in a vault.",
            next_step="Vault, key and secrets are created by the first apply of the environment.",
            act=Act("", f"environment:{environment.slug}"),
        )
    return row


def _start(
    kind: str, act: Act, environment: Environment, row: ManagedResource, *, actor: str
) -> Job:
    resources = {one.key: one for one in environment.resources.all()}

    def look_up(key: str, fact: str) -> Any:
        found = resources.get(key)
        return None if found is None else found.facts.get(fact) if fact else found.ocid

    want = next(want for want in wanted_of(environment) if want.key == row.key)
    spec = {
        "region": environment.home_region,
        "key": row.key,
        "ocid": row.ocid,
        "desired": want.resolved(look_up).as_json(),
    }
    once = f"{kind}:{row.pk}:{row.state}"
    job = submit(kind, environment=environment.slug, spec=spec, actor=actor, dedupe=once)
    audit(act, actor=actor, job=job.pk, detail={"ocid": row.ocid, "name": row.name})
    return job
