"""What the schedules have set off."""

from django.db import models

from portal.jobs.models.job import Job


class ScheduleOccurrence(models.Model):
    """One due moment of one schedule; the key sees to it that it is set off once, whoever ticks."""

    pk = models.CompositePrimaryKey("schedule", "due_at")
    schedule = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.schedule} at {self.due_at}"
