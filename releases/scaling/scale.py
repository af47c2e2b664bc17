"""Order a change of scale: check the bounds, submit the job, store the settings at its end."""

from typing import Any

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import record
from portal.audit.verbs import Outcome, Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases import current
from releases.models import Deployment
from releases.requests import plan
from releases.scaling.target import ROLES, Bounds, Size, Wish, Work, problems, settings, work

KIND = "releases.scale"
STANDING = {
    "api": "api",
    "worker": "workers",
}  # where a deployment's row has the instances of a role


def can_scale(user: User | None) -> bool:
    """Say whether the person may scale within the bounds; it takes no approval."""
    return has_role(user, Role.DEPLOYER, Role.ADMIN)


def bounds(environment: Environment) -> Bounds:
    """Return what the environment's settings allow."""
    return Bounds(
        least={role: environment.setting(f"{role}_instances_min") for role in ROLES},
        most={role: environment.setting(f"{role}_instances_max") for role in ROLES},
        ocpus=environment.setting("ocpus_max"),
        memory_gb=environment.setting("memory_gb_max"),
    )


def now(environment: Environment, live: Deployment | None) -> Wish:
    """Return what runs: the instances that exist, in the size of the settings."""
    return {
        role: Size(_count(environment, live, role), *_size(environment, role)) for role in ROLES
    }


def works(environment: Environment, live: Deployment, wish: Wish) -> dict[str, Work]:
    """Return what the wish takes, role by role."""
    standing = {role: getattr(live, STANDING[role]) for role in ROLES}
    there = now(environment, live)
    return {role: work(role, there[role], wish[role], standing[role]) for role in ROLES}


def order(environment: Environment, user: User, wish: Wish, reason: str) -> Job:
    """Start the job that makes it so; the settings follow when it has ended well.

    Later releases then keep the scale. Raises Invalid when the wish or the settings with it do not
    fit.
    """
    act = environment.act(Verb.RELEASE_SCALE)
    allow(can_scale(user), user, f"scale {environment.slug}", act)
    found: list[object] = [*problems(wish, bounds(environment))]
    found = found or [*environment.settings_to_check(**settings(wish)).problems()]
    if found:
        next_step = "An admin can change the boundaries and settings."
        raise Invalid("; ".join(map(str, found)) + ".", next_step=next_step, act=act)
    live = current.live(environment)
    if live is None:
        message = f"Nothing is live in {environment.slug}."
        raise Refused(message, next_step="Deploy a release first.", act=act)
    made = works(environment, live, wish)
    if not any(one.start or one.remove for one in made.values()):
        raise Refused("It is as you want it already.", next_step="Nothing is left to do.", act=act)
    with transaction.atomic():
        spec = _spec(environment, live, wish, made, reason)
        job = submit(KIND, environment=environment.slug, actor=user.actor, spec=spec)
        detail = {"wish": settings(wish), "reason": reason[:500]}
        record(act, actor=user.actor, job=job.pk, detail=detail)
    return job


def store_settings(slug: str, wanted: dict[str, int], *, actor: str, job: object) -> None:
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
        detail = {"reason": str(error), "not_stored": wanted}
        record(act, actor=actor, job=job, outcome=Outcome.REFUSED, detail=detail)


def _spec(
    environment: Environment, live: Deployment, wish: Wish, made: dict[str, Work], reason: str
) -> dict[str, Any]:
    parts = {name: live.release.plan.get(name) for name in plan.INHERITED}
    what = plan.complete(environment, {**parts, "alembic_head": "", "bundle": None})
    place = what["place"]
    place["counts"] = {role: made[role].start for role in ROLES}
    place["shape"] |= {
        name: {role: getattr(wish[role], name) for role in ROLES} for name in ("ocpus", "memory_gb")
    }
    return {
        "plan": {**what, "previous": None, "retire": [], "steps": []},
        "deployment": live.pk,
        "version": live.release.version,
        "remove": {role: made[role].remove for role in ROLES},
        "settings": settings(wish),
        "reason": reason[:500],
    }


def _count(environment: Environment, live: Deployment | None, role: str) -> int:
    return (
        len(getattr(live, STANDING[role]))
        if live
        else int(environment.setting(f"{role}_instances"))
    )


def _size(environment: Environment, role: str) -> tuple[int, int]:
    return environment.setting(f"{role}_ocpus"), environment.setting(f"{role}_memory_gb")
