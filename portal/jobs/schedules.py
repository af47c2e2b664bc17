"""Submitting what is due by the clock, once each, however many workers tick."""

import logging
import zlib
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from portal.jobs.dispatch import submit
from portal.jobs.models import ScheduleOccurrence
from portal.lib.refusal import Refused

log = logging.getLogger(__name__)
ACTOR = "system:schedule"

LOCK = 7305810  # of the one worker that ticks; the lock ends with its transaction

_DUE = """
INSERT INTO jobs_scheduleoccurrence (schedule, due_at)
SELECT name, due FROM (
    SELECT name,
           to_timestamp(floor((extract(epoch FROM clock_timestamp()) - shift) / seconds) * seconds
                        + shift) AS due
    FROM unnest(%s::text[], %s::int[], %s::int[]) AS s (name, seconds, shift)
) AS slots
WHERE NOT EXISTS (
    SELECT FROM jobs_scheduleoccurrence o WHERE o.schedule = slots.name AND o.due_at = slots.due)
ON CONFLICT DO NOTHING RETURNING schedule, due_at
"""


def tick() -> int:
    """Submit the present occurrence of each schedule unless that was done; return how many were.

    Called by a loop of each worker and by beat: none is needed while another lives, and one that
    comes while another is at it leaves it to that. Missed occurrences are not made up for; a
    schedule whose last job is still active gets no second one.
    """
    names = list(settings.JOB_SCHEDULES)
    if not names:
        return 0
    seconds = [settings.JOB_SCHEDULES[name][1] for name in names]
    shifts = [_shift(name, each) for name, each in zip(names, seconds, strict=True)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_DUE, [names, seconds, shifts])
        due = cursor.fetchall()
        for schedule, due_at in due:
            _submit(schedule, due_at)
    return len(due)


def _shift(name: str, seconds: int) -> int:
    """Return when in its interval a schedule is due, so that not all are at the full minute."""
    return zlib.crc32(name.encode()) % seconds


def _submit(schedule: str, due_at: datetime) -> None:
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
