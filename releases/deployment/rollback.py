"""Going back to what ran before: whether it can be done, how fast, and the order to do it."""

from dataclasses import dataclass
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
from releases.deployment import durations
from releases.frontend import config as frontend
from releases.models import Deployment
from releases.requests import plan

INSTANT, QUICK, BLOCKED, NONE = "instant", "quick", "blocked", "none"


@dataclass(frozen=True)
class Verdict:
    """Whether a rollback is possible now, and how long it takes."""

    kind: str
    words: str
    seconds: int = 0
    target: Deployment | None = None
    live: Deployment | None = None

    @property
    def possible(self) -> bool:
        """Say whether the button does anything."""
        return self.kind in (INSTANT, QUICK)


@dataclass(frozen=True)
class Situation:
    """What the verdict depends on: versions by name, a running job by its title, durations in seconds.

    `one_way` names the revisions that ran since the way back was last live and cannot be undone; `gone` the image of the way
    back that is no longer in the registry.
    """

    live: str = ""
    standby: str = ""
    earlier: str = ""
    running: str = ""
    one_way: str = ""
    gone: str = ""
    instant_seconds: int = 0
    quick_seconds: int = 0


def decide(now: Situation) -> tuple[str, str, int]:
    """Return the verdict's kind, words and seconds: pure, so that it is tested as a table."""
    if not now.live:
        return NONE, "Nothing is live here, so there is nothing to roll back.", 0
    if now.running:
        return BLOCKED, f"'{now.running}' is changing this environment: cancel it, or wait until it has ended.", 0
    back = now.standby or now.earlier
    if back and now.one_way:
        words = f"The one-way migration {now.one_way} ran: {back} may not work with the schema as it is. Mend it forward."
        return BLOCKED, words, 0
    if now.standby:
        words = f"{now.standby} still stands beside {now.live}: only the traffic has to move."
        return INSTANT, words, now.instant_seconds
    if now.earlier and now.gone:
        words = f"The instances of {now.earlier} are gone, and so is its {now.gone}: push it again, or mend it forward."
        return BLOCKED, words, 0
    if now.earlier:
        words = f"{now.earlier} is known, but its instances are gone: new ones have to start."
        return QUICK, words, now.quick_seconds
    return NONE, f"{now.live} is the first release here: there is nothing to go back to.", 0


def can_roll_back(user: Any) -> bool:
    """Say whether the person may roll back; it takes no approval, for it goes back to what was approved."""
    return has_role(user, Role.DEPLOYER, Role.ADMIN)


def verdict(environment: Environment) -> Verdict:
    """Return whether this environment can be rolled back now, and how fast."""
    recent = Deployment.objects.of(environment).exclude(live_at=None).order_by("-live_at")[:20]
    live = next((one for one in recent if one.state == Deployment.State.LIVE), None)
    standby = next((one for one in recent if one.state == Deployment.State.STANDBY), None)
    earlier = _earlier(live, list(recent))
    target = standby or earlier
    running = Job.objects.active(environment.slug).filter(mutating=True).first()
    situation = Situation(
        live=live.release.version if live else "",
        standby=standby.release.version if standby else "",
        earlier=earlier.release.version if earlier else "",
        running=running.title if running else "",
        one_way=_one_way_since(target),
        gone=target.images_gone if target else "",
        instant_seconds=durations.of_rollbacks(environment.slug),
        quick_seconds=durations.of_deployments(environment.slug),
    )
    return Verdict(*decide(situation), target=target, live=live)


def start(environment: Environment, user: User, reason: str, incident: Any = None) -> Job:
    """Order the rollback that the verdict allows; the job's first call gives traffic back to what is kept."""
    about = {"subject": f"environment:{environment.slug}", "environment": environment.slug}
    allow(can_roll_back(user), user, f"roll back {environment.slug}", verb=Verb.RELEASE_ROLLBACK, **about)
    if len(reason.strip()) < 3:
        raise Invalid("reason: say why, in at least 3 characters; it stays in the history.", verb=Verb.RELEASE_ROLLBACK, **about)
    found = verdict(environment)
    if not found.possible:
        raise Refused(found.words, next_step="The environment's page says what is live.", verb=Verb.RELEASE_ROLLBACK, **about)
    with transaction.atomic():
        return _order(environment, user, found, reason.strip()[:500], incident)


def _earlier(live: Deployment | None, recent: list[Deployment]) -> Deployment | None:
    """Return the newest deployment of an earlier release that was live and that nobody rolled back."""
    if live is None:
        return None
    good = (Deployment.State.STANDBY, Deployment.State.RETIRED)
    older = [one for one in recent if one.release_id < live.release_id and one.state in good and one.rolled_back_at is None]
    return max(older, key=lambda one: one.release_id, default=None)


def _one_way_since(target: Deployment | None) -> str:
    """Return the revisions that cannot be undone and ran since the deployment was last live, whoever brought them.

    A deployment that failed counts too: its migration ran all the same.
    """
    if target is None:
        return ""
    since = Deployment.objects.filter(environment=target.environment_id, started_at__gt=target.live_at).exclude(one_way="")
    return ", ".join(since.order_by("id").values_list("one_way", flat=True))


def _order(environment: Environment, user: User, found: Verdict, reason: str, incident: Any) -> Job:
    live, target = found.live, found.target
    if live is None or target is None:
        raise Refused(found.words)
    spec = {"mode": found.kind, "from": live.facts(), "to": target.facts(), "reason": reason}
    spec["incident"] = str(getattr(incident, "pk", incident) or "")
    spec["plan"] = _plan(environment, found.kind, target)
    carrier = target
    if found.kind == QUICK:  # new instances, so a new row
        carrier = Deployment.objects.create(environment=environment, release=target.release, previous=live)
    job = submit("releases.rollback", environment=environment.slug, actor=user.actor, spec={**spec, "deployment": carrier.pk})
    if found.kind == QUICK:
        Deployment.objects.filter(pk=carrier.pk).update(job=job)
    record(
        Verb.RELEASE_ROLLBACK,
        actor=user.actor,
        subject=f"environment:{environment.slug}",
        environment=environment.slug,
        job=job.pk,
        detail={"from": live.release.version, "to": target.release.version, "kind": found.kind, "reason": reason},
    )
    return job


def _plan(environment: Environment, mode: str, target: Deployment) -> dict[str, Any]:
    """Return what the steps need: for an instant rollback only where the load balancer is, and the frontend to put back."""
    if mode == INSTANT:
        bundle = target.release.plan.get("bundle")
        return {"place": plan.place(environment), "bundle": bundle, "frontend": frontend.frontend_config(environment) if bundle else None}
    parts = {name: target.release.plan.get(name) for name in plan.INHERITED}
    return plan.complete(environment, {**parts, "alembic_head": ""})  # going back never touches the database
