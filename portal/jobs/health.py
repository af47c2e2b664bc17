"""Whether jobs are being looked after: for /readyz, the dashboard, the metrics."""

from datetime import datetime
from typing import Any

from portal.jobs.models import Job, Worker
from portal.jobs.models.clock import database_now
from portal.jobs.models.worker import SEEN_WITHIN
from portal.jobs.states import ACTIVE


def health(now: datetime | None = None) -> dict[str, Any]:
    """Return how many workers live, since when the doorbell is silent, and how many jobs are active, parked, stuck.

    `ok` is false when nobody sweeps or something is stuck: then jobs wait although they should not.
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
