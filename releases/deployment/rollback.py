"""Going back to what ran before: whether it can be done, how fast, and the job that does it."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role, has_role
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit, supersede
from portal.jobs.models import Job
from portal.jobs.states import JobState
from portal.lib.refusal import Refused
from releases.deployment import durations, migration
from releases.deployment.job_specs import RollbackSpec
from releases.frontend import config as frontend
from releases.models import Deployment
from releases.requests import planning
from releases.requests.plan import ReleasePlan

KIND = "releases.rollback"
ACTOR = "system:verdict"  # of the rehearsal, which writes nothing
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
    """What the verdict depends on: versions by name, a running job by its title, durations in
    seconds.

    `one_way` names the revisions that ran since the way back was last live and cannot be undone;
    `gone` the image of the way back that is no longer in the registry.
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
        return (
            BLOCKED,
            f"'{now.running}' is changing this environment: cancel it, or wait until it has ended.",
            0,
        )
    back = now.standby or now.earlier
    if back and now.one_way:
        words = (
            f"{migration.describe_one_way(now.one_way)}: {back} may not work with the schema as it "
            "is. Fix it forward."
        )
        return BLOCKED, words, 0
    if now.standby:
        words = f"{now.standby} still runs beside {now.live}: only the traffic has to move."
        return INSTANT, words, now.instant_seconds
    if now.earlier and now.gone:
        words = (
            f"The instances of {now.earlier} were removed and its {now.gone} no longer exists: "
            "push it again, or fix it forward."
        )
        return BLOCKED, words, 0
    if now.earlier:
        words = f"The instances of {now.earlier} were removed: new ones have to start."
        return QUICK, words, now.quick_seconds
    return NONE, f"{now.live} is the first release here: there is nothing to roll back to.", 0


def can_roll_back(user: User | None) -> bool:
    """Say whether the person may roll back; no approval, for it goes back to what was approved."""
    return has_role(user, Role.DEPLOYER, Role.ADMIN)


def verdict(environment: Environment) -> Verdict:
    """Return whether this environment can be rolled back now, and how fast.

    A parked job does not stand in the way: the rollback ends it as it is. What the verdict is then
    depends on where that job left the traffic, so its end is rehearsed and taken back.
    """
    holder = Job.objects.holding(environment.slug).first()
    if holder is None or holder.state != JobState.NEEDS_OPERATOR:
        return _verdict(environment, holder)
    with transaction.atomic():
        supersede(environment.slug, actor=ACTOR, words="A rollback")
        found = _verdict(environment, None)
        transaction.set_rollback(True)
    also = f" '{holder.title}', which is parked, ends as it is." if found.possible else ""
    return replace(found, words=f"{found.words}{also}")


def _verdict(environment: Environment, running: Job | None) -> Verdict:
    rows = Deployment.objects.of(environment).exclude(live_at=None).order_by("-live_at")
    recent = list(rows[:20])
    live = next((one for one in recent if one.state == Deployment.State.LIVE), None)
    standby = next((one for one in recent if one.state == Deployment.State.STANDBY), None)
    earlier = _earlier(live, recent)
    target = standby or earlier
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


def start(environment: Environment, user: User, reason: str, incident: object = None) -> Job:
    """Start the rollback that the verdict allows; `incident` is its row, its key or None."""
    act = environment.act(Verb.RELEASE_ROLLBACK)
    allow(can_roll_back(user), user, f"roll back {environment.slug}", act)
    reason = require_reason(reason, act, longest=500)
    with transaction.atomic():
        by, parked = supersede(
            environment.slug, actor=user.actor, words=f"A rollback of {environment}"
        )
        found = _verdict(environment, Job.objects.holding(environment.slug).first())
        if not found.possible or found.live is None or found.target is None:
            next_step = "The environment's page says what is live."
            raise Refused(found.words, next_step=next_step, act=act)
        job = _submit(found, found.live, found.target, user, reason, incident, by)
        versions = {"from": found.live.release.version, "to": found.target.release.version}
        detail = {**versions, "kind": found.kind, "reason": reason}
        detail |= {"superseded": f"job:{parked.pk}"} if parked else {}
        audit(act, actor=user.actor, job=job.pk, detail=detail)
    return job


def _submit(
    found: Verdict,
    live: Deployment,
    target: Deployment,
    user: User,
    reason: str,
    incident: object,
    pk: UUID,
) -> Job:
    environment, carrier = live.environment, target
    plan = _plan(environment, found.kind, target)
    if found.kind == QUICK:  # new instances, so a new row
        carrier = Deployment.objects.create(
            environment=environment, release=target.release, previous=live
        )
    spec = RollbackSpec(
        mode=found.kind,
        live=live.instances(),
        kept=target.instances(),
        reason=reason,
        incident=str(getattr(incident, "pk", incident) or ""),
        plan=plan,
        deployment=carrier.pk,
    )
    slug = environment.slug
    job = submit(KIND, environment=slug, actor=user.actor, spec=spec.as_json(), pk=pk)
    if found.kind == QUICK:
        Deployment.objects.filter(pk=carrier.pk).update(job=job)
    return job


def _earlier(live: Deployment | None, recent: list[Deployment]) -> Deployment | None:
    """Return the newest deployment of an earlier release that was live and not rolled back."""
    if live is None:
        return None
    good = (Deployment.State.STANDBY, Deployment.State.RETIRED)
    older = [
        one
        for one in recent
        if one.release_id < live.release_id and one.state in good and one.rolled_back_at is None
    ]
    return max(older, key=lambda one: one.release_id, default=None)


def _one_way_since(target: Deployment | None) -> str:
    """Return the revisions that cannot be undone and ran since the deployment was last live.

    A deployment that failed counts too: its migration ran all the same.
    """
    if target is None:
        return ""
    rows = Deployment.objects.filter(environment=target.environment_id)
    since = rows.filter(started_at__gt=target.live_at).exclude(one_way="")
    return ", ".join(since.order_by("id").values_list("one_way", flat=True))


def _plan(environment: Environment, mode: str, target: Deployment) -> ReleasePlan:
    """Return what the steps need: for an instant rollback the place and the frontend."""
    then = target.release.parsed_plan
    if mode == INSTANT:
        return ReleasePlan(
            place=planning.placement(environment),
            bundle=then.bundle,
            frontend=frontend.frontend_config(environment) if then.bundle else None,
        )
    # Going back never touches the database.
    return planning.complete(environment, replace(then, alembic_head=""))
