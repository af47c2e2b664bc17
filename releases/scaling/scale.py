"""Ordering a change of scale: the boundaries asked, the job submitted, the settings kept when it has ended."""

from typing import Any

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.refusal import Invalid, Refused
from releases import current
from releases.models import Deployment
from releases.requests import plan
from releases.scaling.target import ROLES, Bounds, Size, Wish, Work, problems, settings, work

KIND = "releases.scale"
STANDING = {"api": "api", "worker": "workers"}  # where a deployment's row has the instances of a role


def can_scale(user: Any) -> bool:
    """Say whether the person may scale, within the boundaries that admins set; it takes no approval."""
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
    """Return what runs: the instances that really stand, in the size that the settings gave them."""
    return {role: Size(_count(environment, live, role), *_size(environment, role)) for role in ROLES}


def works(environment: Environment, live: Deployment, wish: Wish) -> dict[str, Work]:
    """Return what the wish takes, role by role."""
    standing = {role: getattr(live, STANDING[role]) for role in ROLES}
    there = now(environment, live)
    return {role: work(role, there[role], wish[role], standing[role]) for role in ROLES}


def order(environment: Environment, user: User, wish: Wish, reason: str) -> Job:
    """Start the job that makes it so; the settings follow when it has ended well, so that later releases keep the scale."""
    about = {"subject": f"environment:{environment.slug}", "environment": environment.slug}
    allow(
        can_scale(user),
        user,
        f"scale {environment.slug}",
        verb=Verb.RELEASE_SCALE,
        subject=about["subject"],
        environment=environment.slug,
    )
    found = problems(wish, bounds(environment))
    if found:
        raise Invalid("; ".join(found) + ".", next_step="An admin can change the boundaries.", verb=Verb.RELEASE_SCALE)
    live = current.live(environment)
    if live is None:
        raise Refused(f"Nothing is live in {environment.slug}.", next_step="Deploy a release first.", verb=Verb.RELEASE_SCALE)
    made = works(environment, live, wish)
    if not any(one.start or one.remove for one in made.values()):
        raise Refused("It is as you want it already.", next_step="Nothing is left to do.", verb=Verb.RELEASE_SCALE)
    with transaction.atomic():
        job = submit(KIND, environment=environment.slug, actor=user.actor, spec=_spec(environment, live, wish, made, reason))
        detail = {"wish": settings(wish), "reason": reason[:500]}
        record(
            Verb.RELEASE_SCALE,
            actor=user.actor,
            job=job.pk,
            detail=detail,
            subject=about["subject"],
            environment=environment.slug,
        )
    return job


def keep(slug: str, wanted: dict[str, int], *, actor: str, job: Any) -> None:
    """Make what was scaled to the environment's settings, so that the next release starts as many of the same size."""
    environment = Environment.objects.select_for_update().get(slug=slug)
    before = {name: environment.setting(name) for name in wanted}
    environment.settings = {**environment.settings, **wanted}
    environment.save(update_fields=["settings"])
    detail = {"from": before, "to": wanted}
    record(Verb.ENVIRONMENT_CHANGED, actor=actor, subject=f"environment:{slug}", environment=slug, job=job, detail=detail)


def _spec(environment: Environment, live: Deployment, wish: Wish, made: dict[str, Work], reason: str) -> dict[str, Any]:
    parts = {name: live.release.plan.get(name) for name in plan.INHERITED}
    what = plan.complete(environment, {**parts, "alembic_head": "", "bundle": None})
    place = what["place"]
    place["counts"] = {role: made[role].start for role in ROLES}
    place["shape"] |= {name: {role: getattr(wish[role], name) for role in ROLES} for name in ("ocpus", "memory_gb")}
    return {
        "plan": {**what, "previous": None, "retire": [], "steps": []},
        "deployment": live.pk,
        "version": live.release.version,
        "remove": {role: made[role].remove for role in ROLES},
        "settings": settings(wish),
        "reason": reason[:500],
    }


def _count(environment: Environment, live: Deployment | None, role: str) -> int:
    return len(getattr(live, STANDING[role])) if live else int(environment.setting(f"{role}_instances"))


def _size(environment: Environment, role: str) -> tuple[int, int]:
    return environment.setting(f"{role}_ocpus"), environment.setting(f"{role}_memory_gb")
