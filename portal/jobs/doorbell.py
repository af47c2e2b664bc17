"""The doorbell tells a worker at once that a job is due; if it is lost, the sweep finds the job."""

import logging
import threading
import time
from collections.abc import Callable

from celery import current_app

log = logging.getLogger(__name__)
PAUSE_SECONDS = 5.0
ONE_TRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class Doorbell:
    """Rings through the broker. A broken one never raises here and never delays a caller twice."""

    def __init__(
        self, send: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._paused_until = 0.0

    def ring(self, job_id: str) -> bool:
        """Ring for a job and say whether the broker took the message; after a failure, pause."""
        with self._lock:
            if self._clock() < self._paused_until:
                return False
        try:
            self._send(job_id)
        except Exception as error:  # of any kind: the job is safe in the database
            with self._lock:
                self._paused_until = self._clock() + PAUSE_SECONDS
            log.warning("the doorbell failed, the sweep takes over: %s", error)
            return False
        return True


def _by_celery(job_id: str) -> None:
    options = {**current_app.conf.broker_transport_options, **ONE_TRY}
    with current_app.connection_for_write(transport_options=options) as connection:
        current_app.send_task(
            "portal.jobs.tasks.ring", (job_id,), connection=connection, retry=False, expires=60
        )


doorbell = Doorbell(_by_celery)
