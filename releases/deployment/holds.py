"""Holding an environment after a rollback: nothing is deployed or removed meanwhile."""

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.acts.reason import require_reason
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.canonical import digest
from portal.notifications.kinds import HOLD_PLACED
from portal.notifications.outbox import notify
from releases.models import Hold


def of(environment: Environment) -> Hold | None:
    """Return what holds the environment now; None when nothing does."""
    return Hold.objects.open().filter(environment=environment).first()


def place(
    environment: Environment, *, reason: str, actor: str, warning: str = "", job: Job | None = None
) -> Hold:
    """Hold the environment; an open hold gets the new reason added instead of a second row."""
    with transaction.atomic():
        rows = Hold.objects.select_for_update(of=("self",)).filter(environment=environment)
        found = rows.filter(lifted_at=None).first()
        if found:
            found.worsen(reason, warning)
        else:
            found = Hold.objects.create(
                environment=environment, reason=reason, warning=warning, placed_by=actor, job=job
            )
        detail = {"reason": reason, **({"warning": warning} if warning else {})}
        audit(found.act(Verb.HOLD_PLACED), actor=actor, job=found.job_id or "", detail=detail)
        _tell(found, reason, warning, str(job.pk) if job else reason)
    return found


def _tell(hold: Hold, reason: str, warning: str, cause: str) -> None:
    slug, subject = hold.environment.slug, f"hold:{hold.pk}"
    title = f"{slug} is held: nothing starts by itself there"
    url, key = hold.get_absolute_url(), f"{subject}:{digest(cause)}"
    notify(HOLD_PLACED, slug, subject, title, f"{reason} {warning}".strip(), url, key)


def lift(hold: Hold, user: User, reason: str) -> None:
    """Let automation go on; the reason is kept with the hold."""
    act = hold.act(Verb.HOLD_LIFTED)
    allow(Hold.can_lift(user), user, f"lift the hold of {hold.environment.slug}", act)
    reason = require_reason(reason, act, why="why it can continue")
    with transaction.atomic():
        hold.lift(user, reason)
        audit(act, actor=user.actor, job=hold.job_id or "", detail={"reason": reason})
