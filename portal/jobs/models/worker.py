"""The workers, and when each was last seen."""

import json
from collections.abc import Mapping
from datetime import timedelta

from django.db import connection, models

from portal.jobs.models.clock import DatabaseNow

SEEN_WITHIN = timedelta(seconds=15)
_HEARTBEAT = """
INSERT INTO jobs_worker (name, started_at, swept_at, rung_at, slots, busy, kinds)
VALUES (
    %(name)s, clock_timestamp(), clock_timestamp(), CASE WHEN %(rung)s THEN clock_timestamp() END,
    %(slots)s, %(busy)s, %(kinds)s)
ON CONFLICT (name) DO UPDATE SET
    swept_at = excluded.swept_at, slots = excluded.slots, busy = excluded.busy,
    kinds = excluded.kinds, rung_at = coalesce(excluded.rung_at, jobs_worker.rung_at)
"""


class Worker(models.Model):
    """One runner; its sweep refreshes the row, so an old row is a dead worker."""

    name = models.CharField(max_length=200, primary_key=True)
    started_at = models.DateTimeField()
    swept_at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True, help_text="When the doorbell last reached it.")
    slots = models.IntegerField()
    busy = models.IntegerField(default=0)
    kinds = models.JSONField(
        null=True, help_text="The job kinds that it has, with their code versions."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def heartbeat(
        cls, name: str, *, slots: int, busy: int, rung: bool, kinds: Mapping[str, int]
    ) -> None:
        """Write that the worker lives, by the clock of the database."""
        load = {"slots": slots, "busy": busy, "rung": rung}
        with connection.cursor() as cursor:
            cursor.execute(_HEARTBEAT, {"name": name, **load, "kinds": json.dumps(dict(kinds))})

    @classmethod
    def any_can_run(cls, kind: str, version: int) -> bool:
        """Say whether a living worker has the kind in this version of its code or a later one.

        A worker whose code is older than the column does not say; it may have any kind.
        """
        alive = cls.objects.filter(swept_at__gt=DatabaseNow() - SEEN_WITHIN)
        lists = alive.values_list("kinds", flat=True)
        return any(kinds is None or (kind in kinds and kinds[kind] >= version) for kinds in lists)

    @classmethod
    def remove(cls, name: str) -> None:
        """Delete the row of a worker that stops."""
        cls.objects.filter(name=name).delete()

    @classmethod
    def remove_stale(cls) -> None:
        """Delete the rows of workers that have not been seen for a day."""
        cls.objects.filter(swept_at__lt=DatabaseNow() - timedelta(days=1)).delete()
