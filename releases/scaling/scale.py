"""Changing the scale of what is live, within the boundaries, by a job."""

from collections.abc import Mapping
from dataclasses import replace

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases import current
from releases.deployment.job_specs import RemovedInstances, ScaleSpec
from releases.models import Deployment
from releases.requests import planning
from releases.requests.plan import ApiInstance, ReleasePlan
from releases.scaling.target import (
    ROLES,
    Bounds,
    RoleChange,
    Size,
    Target,
    problems,
    settings,
    work,
)

KIND = "releases.scale"
FIELDS = {"api": "api", "worker": "workers"}  # where a deployment's row has the instances of a role


def can_scale(user: User | None) -> bool:
    """Say whether the person may scale within the boundaries; it takes no approval."""
    return has_role(user, Role.DEPLOYER, Role.ADMIN)


def bounds(environment: Environment) -> Bounds:
    """Return what the environment's settings allow."""
    return Bounds(
        least={role: environment.setting(f"{role}_instances_min") for role in ROLES},
        most={role: environment.setting(f"{role}_instances_max") for role in ROLES},
        ocpus=environment.setting("ocpus_max"),
        memory_gb=environment.setting("memory_gb_max"),
    )


def now(environment: Environment, live: Deployment | None) -> Target:
    """Return what runs: the instances that exist, in the size of the settings."""
    return {
        role: Size(_count(environment, live, role), *_size(environment, role)) for role in ROLES
    }


def works(environment: Environment, live: Deployment, target: Target) -> dict[str, RoleChange]:
    """Return what the target takes, role by role."""
    there = now(environment, live)
    return {
        role: work(there[role], target[role], getattr(live, field))
        for role, field in FIELDS.items()
    }


def scale(environment: Environment, user: User, target: Target, reason: str) -> Job:
    """Start the job; the settings follow at its good end, so that later releases keep the scale.

    Raises Invalid when the target, or the settings with it, do not fit.
    """
    act = environment.act(Verb.RELEASE_SCALE)
    allow(can_scale(user), user, f"scale {environment.slug}", act)
    found: list[object] = [*problems(target, bounds(environment))]
    found = found or [*environment.settings_to_check(**settings(target)).problems()]
    if found:
        next_step = "An admin can change the boundaries and settings."
        raise Invalid("; ".join(map(str, found)) + ".", next_step=next_step, act=act)
    live = current.live(environment)
    if live is None:
        words = f"Nothing is live in {environment.slug}."
        raise Refused(words, next_step="Deploy a release first.", act=act)
    changes = works(environment, live, target)
    if not any(one.start or one.remove for one in changes.values()):
        words = "It has this scale already."
        raise Refused(words, next_step="Nothing is left to do.", act=act)
    spec = ScaleSpec(
        plan=_plan(environment, live, target, changes),
        deployment=live.pk,
        version=live.release.version,
        remove=RemovedInstances(
            [ApiInstance.from_json(one) for one in changes["api"].remove], changes["worker"].remove
        ),
        settings=settings(target),
        reason=reason[:500],
    )
    slug = environment.slug
    with transaction.atomic():
        job = submit(KIND, environment=slug, actor=user.actor, spec=spec.as_json())
        detail = {"wish": settings(target), "reason": reason[:500]}
        audit(act, actor=user.actor, job=job.pk, detail=detail)
    return job


def store_settings(slug: str, wanted: Mapping[str, int], *, actor: str, job: object) -> None:
    """Make what was scaled to the environment's settings, so that the next release keeps it.

    Settings that were changed meanwhile may no longer fit with it: then nothing is stored, and the
    refusal is in the audit trail.
    """
    environment = Environment.objects.select_for_update().get(slug=slug)
    act = environment.act(Verb.ENVIRONMENT_CHANGED)
    try:
        environment.change_settings(
            {**environment.settings, **wanted}, actor=actor, act=act, job=job
        )
    except Invalid as error:
        detail = {"reason": str(error), "not_stored": dict(wanted)}
        audit(act, actor=actor, job=job, outcome=Outcome.REFUSED, detail=detail)


def _plan(
    environment: Environment, live: Deployment, target: Target, changes: dict[str, RoleChange]
) -> ReleasePlan:
    then = replace(live.release.parsed_plan, alembic_head="", bundle=None)
    plan = planning.complete(environment, then)
    shape = replace(
        plan.place.shape,
        ocpus={role: target[role].ocpus for role in ROLES},
        memory_gb={role: target[role].memory_gb for role in ROLES},
    )
    counts = {role: changes[role].start for role in ROLES}
    place = replace(plan.place, counts=counts, shape=shape)
    return replace(plan, place=place, previous=None, retire=[], steps=[])


def _count(environment: Environment, live: Deployment | None, role: str) -> int:
    if live:
        return len(getattr(live, FIELDS[role]))
    return int(environment.setting(f"{role}_instances"))


def _size(environment: Environment, role: str) -> tuple[int, int]:
    return environment.setting(f"{role}_ocpus"), environment.setting(f"{role}_memory_gb")
