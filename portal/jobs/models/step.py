"""The ledger of steps."""

from typing import Any

from django.db import models

from portal.jobs.models.job import Job
from portal.jobs.states import StepState


class StepRow(models.Model):
    """Where one step of a job stands, and what it left."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="step_rows")
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=200)
    position = models.IntegerField()
    undo = models.BooleanField(default=False, help_text="Part of the compensation.")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in StepState], default=StepState.PENDING)
    attempts = models.IntegerField(default=0, help_text="Tries that ended in an error; waiting is none.")
    backoff = models.FloatField(default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wake_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    memo = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    error = models.TextField(blank=True)
    next_step = models.TextField(blank=True)

    class Meta:
        ordering = ["undo", "position"]
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="one_step_of_a_name_per_job")]

    def __str__(self) -> str:
        return self.label

    def as_dict(self) -> dict[str, Any]:
        """Return the step with its calls as JSON values."""
        plain = ["name", "label", "undo", "state", "attempts", "note", "error", "next_step"]
        moments = ["started_at", "ended_at", "wake_at"]
        return {
            **{name: getattr(self, name) for name in plain},
            **{name: at.isoformat() if (at := getattr(self, name)) else None for name in moments},
            "calls": [call.as_dict() for call in self.calls.all()],
        }
