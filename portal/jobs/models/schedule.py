"""The occurrences of schedules that were submitted."""

from django.db import models

from portal.jobs.models.job import Job


class ScheduleOccurrence(models.Model):
    """One due moment of one schedule; the key lets it be submitted once, however many tick."""

    pk = models.CompositePrimaryKey("schedule", "due_at")
    schedule = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.schedule} at {self.due_at}"
