"""The workers that have been seen."""

from django.db import models


class Worker(models.Model):
    """One runner; its row is refreshed by its sweep, so an old one is a worker that is gone."""

    name = models.CharField(max_length=200, primary_key=True)
    started_at = models.DateTimeField()
    swept_at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True, help_text="When the doorbell last reached it.")
    slots = models.IntegerField()
    busy = models.IntegerField(default=0)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
