"""The workers that have been seen."""

from datetime import timedelta

from django.db import connection, models

from portal.jobs.models.clock import DatabaseNow

_SEEN = """
INSERT INTO jobs_worker (name, started_at, swept_at, rung_at, slots, busy)
VALUES (%(name)s, clock_timestamp(), clock_timestamp(), CASE WHEN %(rung)s THEN clock_timestamp() END, %(slots)s, %(busy)s)
ON CONFLICT (name) DO UPDATE SET
    swept_at = excluded.swept_at, slots = excluded.slots, busy = excluded.busy,
    rung_at = coalesce(excluded.rung_at, jobs_worker.rung_at)
"""


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

    @classmethod
    def seen(cls, name: str, *, slots: int, busy: int, rung: bool) -> None:
        """Note that the worker lives, by the clock of the database."""
        with connection.cursor() as cursor:
            cursor.execute(_SEEN, {"name": name, "slots": slots, "busy": busy, "rung": rung})

    @classmethod
    def gone(cls, name: str) -> None:
        """Forget a worker that said good-bye."""
        cls.objects.filter(name=name).delete()

    @classmethod
    def forget_gone(cls) -> None:
        """Forget the workers that have not been seen for a day."""
        cls.objects.filter(swept_at__lt=DatabaseNow() - timedelta(days=1)).delete()
