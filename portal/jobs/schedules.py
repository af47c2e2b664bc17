"""Setting off what is due by the clock, once each, whoever ticks."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from portal.jobs.dispatch import submit
from portal.jobs.models import Job, ScheduleOccurrence
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.states import State
from portal.lib.refusal import Refused

log = logging.getLogger(__name__)
ACTOR = "system:schedule"
KEPT = timedelta(days=7)
MOST = 200

_DUE = """
INSERT INTO jobs_scheduleoccurrence (schedule, due_at)
SELECT name, due FROM (
    SELECT name, to_timestamp(floor(extract(epoch FROM clock_timestamp()) / seconds) * seconds) AS due
    FROM unnest(%s::text[], %s::int[]) AS s (name, seconds)
) AS slots
WHERE NOT EXISTS (SELECT FROM jobs_scheduleoccurrence o WHERE o.schedule = slots.name AND o.due_at = slots.due)
ON CONFLICT DO NOTHING RETURNING schedule, due_at
"""


def tick() -> int:
    """Set off the present occurrence of each schedule unless that has been done, and return how many were.

    Called by every sweep and by beat: neither is needed while the other lives. Missed occurrences are not made up for; a
    schedule whose last job is still active gets no second one.
    """
    names = list(settings.JOB_SCHEDULES)
    if not names:
        return 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_DUE, [names, [settings.JOB_SCHEDULES[name][1] for name in names]])
            due = cursor.fetchall()
        for schedule, due_at in due:
            _set_off(schedule, due_at)
        if due:
            _forget_old()
    return len(due)


def _set_off(schedule: str, due_at: datetime) -> None:
    kind, _ = settings.JOB_SCHEDULES[schedule]
    try:
        with transaction.atomic():
            job = submit(kind, actor=ACTOR, dedupe=f"schedule:{schedule}")
    except Refused as error:
        log.warning("schedule %s: %s", schedule, error)
    except Exception:
        log.exception("schedule %s: its job could not be made", schedule)
    else:
        ScheduleOccurrence.objects.filter(schedule=schedule, due_at=due_at).update(job=job)


def _forget_old() -> None:
    """Delete what schedules set off long ago and what ended well; the audit trail keeps that it was."""
    long_ago = DatabaseNow() - KEPT
    old = Job.objects.filter(actor=ACTOR, state=State.SUCCEEDED, ended_at__lt=long_ago).order_by("ended_at")
    Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:MOST])).delete()
    longest = timedelta(seconds=max(seconds for _, seconds in settings.JOB_SCHEDULES.values()))
    ScheduleOccurrence.objects.filter(due_at__lt=long_ago - longest).delete()  # never the present one
