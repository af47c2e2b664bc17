"""Escalates incidents that no one acknowledges: to the person on call, then to all admins."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.mail.outbox import users_with_role
from portal.notifications.models.rota import person_on_call
from runbooks.models import Incident

ON_CALL, ADMINS = 1, 2  # the levels
CRITICAL = "CRITICAL"


def escalate_overdue(at: datetime, *, actor: str) -> Iterator[str]:
    """Escalate what is overdue, critical incidents first; yield in words what was done."""
    waiting = Incident.objects.filter(state=Incident.State.OPEN, escalations__lt=ADMINS)
    rows = list(waiting.select_related("environment").order_by("opened_at"))
    rows.sort(key=lambda one: one.severity != CRITICAL)
    on_call = cache(lambda slug: person_on_call(slug, at))
    admins = cache(lambda: users_with_role(Role.ADMIN))
    for incident in rows:
        minutes = incident.environment.setting("escalate_minutes")
        if (incident.escalated_at or incident.opened_at) + timedelta(minutes=minutes) > at:
            continue
        person = on_call(incident.environment.slug) if not incident.escalations else None
        level, people = (ON_CALL, [person]) if person else (ADMINS, admins())
        words = f"No one acknowledged it. Told: {_names(level, people)}."
        if incident.escalate(level, people, words, actor=actor):
            yield f"Incident {incident.pk} was escalated to {_names(level, people)}."


def _names(level: int, people: list[User]) -> str:
    if level == ON_CALL:
        return f"{people[0]}, on call"
    return f"all admins ({', '.join(map(str, people)) or 'there is none'})"
