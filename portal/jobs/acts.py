"""What people may do to jobs."""

from typing import Any

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.acts.reason import require_reason
from portal.acts.spec import ActField, ActSpec, Danger, TokenScope
from portal.audit.verbs import Verb
from portal.jobs.models import ChangeFreeze, Job
from portal.jobs.models.job import OPERATORS
from portal.lib.refusal import Invalid


def cancel(job: Job, user: User) -> None:
    """Ask for it: the job stops before its next call to OCI, then undoes what it can."""
    _ask(CANCEL, job, user)
    job.request_cancel(user.actor)


def resume(job: Job, user: User, *, looked: bool = False) -> None:
    """Let a parked job go on from where it stopped."""
    _ask(RESUME, job, user)
    job.resume(user.actor, looked=looked)


def abandon(job: Job, user: User, *, reason: str) -> None:
    """End a parked job as failed; what it made in OCI stays."""
    _ask(ABANDON, job, user)
    if not reason.strip():
        raise Invalid(
            "reason: a job is abandoned with a reason.",
            next_step="Enter a reason for those who read it later.",
            act=ABANDON.act(job),
        )
    job.abandon(user.actor, reason.strip()[:500])


def lift_freeze(frozen: ChangeFreeze, user: User, *, reason: str) -> None:
    """Let jobs change things again."""
    act = LIFT_FREEZE.act(frozen)
    allow(frozen.can_lift(user), user, "lift a change freeze", act)
    frozen.lift(actor=user.actor, reason=require_reason(reason, act, why="why it is safe now"))


def _ask(spec: ActSpec, job: Job, user: User) -> None:
    allow(job.may(user, spec.action), user, f"{spec.action} this job", spec.act(job))


def _allowed(act: str) -> Any:
    return lambda job, user: Job.may(user, act)


LOOKED = ActField(
    "looked",
    "Confirms that you checked in OCI and that the call of unknown outcome did not happen.",
    flag=True,
    required=False,
)
REASON = ActField("reason", "Reason", longest=500, shortest=1)

CANCEL = ActSpec(
    "job.cancel",
    "Cancel",
    Verb.JOB_CANCEL,
    TokenScope.DEPLOY,
    OPERATORS["cancel"],
    _allowed("cancel"),
    cancel,
    model=Job,
    pages=("jobs:cancel",),
    effect="Stops the job before its next call to OCI, then undoes what it can.",
)
RESUME = ActSpec(
    "job.resume",
    "Resume",
    Verb.JOB_RESUMED,
    TokenScope.DEPLOY,
    OPERATORS["resume"],
    _allowed("resume"),
    resume,
    model=Job,
    fields=(LOOKED,),
    pages=("jobs:resume",),
    effect="Lets a parked job go on from where it stopped.",
)
ABANDON = ActSpec(
    "job.abandon",
    "Abandon",
    Verb.JOB_STATE,
    TokenScope.ADMIN,
    OPERATORS["abandon"],
    _allowed("abandon"),
    abandon,
    model=Job,
    fields=(REASON,),
    bulk=False,
    pages=("jobs:abandon",),
    effect="Ends a parked job as failed. What it made in OCI stays.",
)

LIFT_FREEZE = ActSpec(
    "change_freeze.lift",
    "Lift",
    Verb.CHANGES_RESUMED,
    TokenScope.ADMIN,
    (Role.ADMIN,),
    ChangeFreeze.can_lift,
    lift_freeze,
    model=ChangeFreeze,
    fields=(REASON,),
    danger=Danger.FRESH,
    bulk=False,
    effect="Lets jobs change things in OCI again. Parked jobs are resumed one by one, by hand.",
)

ACTS = [CANCEL, RESUME, ABANDON, LIFT_FREEZE]
