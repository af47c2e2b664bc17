"""Whether jobs are being worked on: for /readyz, the dashboard, the metrics."""

from datetime import datetime

from portal.jobs.definition import JsonObject
from portal.jobs.models import Job, Worker
from portal.jobs.models.clock import database_now
from portal.jobs.models.worker import SEEN_WITHIN
from portal.jobs.states import ACTIVE


def health(now: datetime | None = None) -> JsonObject:
    """Return the number of living workers, the last ring, the number of jobs by status.

    `ok` is false when no worker lives or a job is stuck: then jobs wait although they should not.
    """
    moment = now or database_now()
    alive = [worker for worker in Worker.objects.all() if moment - worker.swept_at < SEEN_WITHIN]
    stuck = Job.objects.stuck().count()
    return {
        "ok": bool(alive) and not stuck,
        "workers": len(alive),
        "last_ring": max((worker.rung_at for worker in alive if worker.rung_at), default=None),
        "active": Job.objects.filter(state__in=ACTIVE).count(),
        "parked": Job.objects.parked().count(),
        "stuck": stuck,
    }
