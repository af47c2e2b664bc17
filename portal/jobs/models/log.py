"""The log of a job, for its page."""

from django.db import models

from portal.jobs.models.clock import DatabaseNow
from portal.jobs.models.job import Job


class JobLog(models.Model):
    """One line of the log."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(db_default=DatabaseNow())
    step = models.CharField(max_length=200, blank=True)
    line = models.TextField()
    request_id = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.line
