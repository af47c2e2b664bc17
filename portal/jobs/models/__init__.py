"""The tables of the job engine."""

from portal.jobs.models.call import Call
from portal.jobs.models.change_freeze import ChangeFreeze
from portal.jobs.models.job import Job
from portal.jobs.models.job_sets import JobQuerySet
from portal.jobs.models.log import JobLog
from portal.jobs.models.schedule import ScheduleOccurrence
from portal.jobs.models.step import StepRow
from portal.jobs.models.worker import Worker

__all__ = [
    "Call",
    "ChangeFreeze",
    "Job",
    "JobLog",
    "JobQuerySet",
    "ScheduleOccurrence",
    "StepRow",
    "Worker",
]
