"""Holding an environment after a rollback: no deployment, no clean-up, no publishing until somebody lifts the hold."""

from typing import Any

from django.db import transaction

from environments.models import Environment
from portal.accounts.access import allow
from portal.accounts.models import User
from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid, Refused
from releases.models import Hold


def of(environment: Environment) -> Hold | None:
    """Return what holds the environment now; None when nothing does."""
    return Hold.objects.open().filter(environment=environment).first()


def place(environment: Environment, *, reason: str, actor: str, warning: str = "", job: Any = None) -> Hold:
    """Hold the environment; a hold that is open already takes up the new reason instead of a second row."""
    with transaction.atomic():
        found = Hold.objects.select_for_update(of=("self",)).filter(environment=environment, lifted_at=None).first()
        if found:
            found.worsen(reason, warning)
        else:
            found = Hold.objects.create(environment=environment, reason=reason, warning=warning, placed_by=actor, job=job)
        _tell(Verb.HOLD_PLACED, found, actor, reason=reason, warning=warning)
    return found


def lift(hold: Hold, user: User, reason: str) -> None:
    """Let automation go on; the reason stays with the hold."""
    slug, subject = hold.environment.slug, f"hold:{hold.pk}"
    allow(Hold.can_lift(user), user, f"lift the hold of {slug}", verb=Verb.HOLD_LIFTED, subject=subject, environment=slug)
    if len(reason.strip()) < 3:
        words = "reason: say why it may go on, in at least 3 characters."
        raise Invalid(words, verb=Verb.HOLD_LIFTED, subject=subject, environment=slug)
    with transaction.atomic():
        hold.lift(user, reason.strip()[:2000])
        _tell(Verb.HOLD_LIFTED, hold, user.actor, reason=hold.lift_reason)


def check(environment: Environment, *, act: str, verb: Verb) -> None:
    """Refuse what must not begin while the environment is held; a break-glass deployment does not ask."""
    held = of(environment)
    if held is None:
        return
    raise Refused(
        f"{environment.slug} is held, so the portal will not {act}: {held.reason}",
        next_step=f"Find out what went wrong, then lift the hold on the page of {environment.slug}.",
        verb=verb,
        subject=f"hold:{held.pk}",
        environment=environment.slug,
    )


def _tell(verb: Verb, hold: Hold, actor: str, **detail: str) -> None:
    told = {name: value for name, value in detail.items() if value}
    slug, job = hold.environment.slug, hold.job_id or ""
    record(verb, actor=actor, subject=f"hold:{hold.pk}", environment=slug, job=job, detail=told)
