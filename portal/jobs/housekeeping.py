"""Deleting what is kept long enough: one schedule, each table by its own function."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.reverse_related import ManyToOneRel
from django.utils.module_loading import import_string

from portal.jobs.definition import Done, StepContext, StepResult
from portal.jobs.models import Job, JobLog, ScheduleOccurrence, Worker
from portal.jobs.models.clock import DatabaseNow
from portal.jobs.routine import RoutineJob
from portal.jobs.states import TERMINAL, JobState
from portal.lib.retention import delete_older

log = logging.getLogger(__name__)
BY_THE_PORTAL = Q(actor__startswith="system:")


class Housekeeping(RoutineJob):
    """Calls each function of HOUSEKEEPING; a failure of one does not stop the others."""

    name = "Delete what is kept long enough"
    deadline = timedelta(minutes=30)

    def perform(self, ctx: StepContext) -> StepResult:
        """Return what was deleted, by function."""
        deleted: dict[str, Any] = {}
        for path in settings.HOUSEKEEPING:
            try:
                count = import_string(path)()
            except Exception as error:
                log.exception("housekeeping: %s failed", path)
                count = f"{type(error).__name__}: {error}"
                ctx.say(f"{path}: {count}")
            if count:
                deleted[path] = count
        return Done(deleted)


def delete_jobs() -> int:
    """Delete ended jobs with their steps, calls and logs, but none that something else names."""
    ended = Job.objects.filter(state__in=TERMINAL).exclude(_is_named())
    looks = ended.filter(BY_THE_PORTAL, mutating=False)
    succeeded = looks.filter(state=JobState.SUCCEEDED)
    return (
        delete_older(succeeded, "routine_jobs", "ended_at")
        + delete_older(looks, "failed_routine_jobs", "ended_at")
        + delete_older(ended, "jobs", "ended_at")
    )


def delete_job_logs() -> int:
    """Delete the log lines of ended jobs that are kept longer than their logs."""
    lines = JobLog.objects.filter(job__state__in=TERMINAL)
    return delete_older(lines, "job_logs", "at")


def delete_occurrences() -> int:
    """Delete old occurrences, but never a present one, and the rows of workers long gone."""
    longest = max((seconds for _, seconds in settings.JOB_SCHEDULES.values()), default=0)
    past = DatabaseNow() - timedelta(days=1, seconds=longest)
    Worker.remove_stale()
    return ScheduleOccurrence.objects.filter(due_at__lt=past).delete()[0]


def _is_named() -> Q:
    """Return the condition that a row of another app names the job and would keep it."""
    named = Q(pk=None)
    for relation in Job._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and relation.on_delete is models.PROTECT:
            rows = relation.related_model._default_manager
            named |= Q(Exists(rows.filter(**{relation.field.name: OuterRef("pk")})))
    return named
