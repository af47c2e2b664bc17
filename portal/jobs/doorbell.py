"""The doorbell tells a worker at once that a job is due; if it is lost, the sweep finds the job."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from celery import current_app

log = logging.getLogger(__name__)
PAUSE_SECONDS = 5.0
MOST_WAITING = 100  # rings that wait while the broker is slow; more are dropped
ONE_TRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class Doorbell:
    """Rings through the broker, from a thread: a broker that is deaf or down delays no caller."""

    def __init__(
        self, send: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._ringer_of = 0  # the process whose thread rings: a fork does not take it along
        self._paused_until = 0.0

    def ring(self, job_id: str) -> None:
        """Ring for a job, soon; never wait, never raise."""
        try:
            self._waiting.put_nowait(job_id)
        except queue.Full:
            return
        with self._lock:
            if self._ringer_of != os.getpid():
                self._ringer_of = os.getpid()
                threading.Thread(target=self._ring_all, name="doorbell", daemon=True).start()

    def ring_now(self, job_id: str) -> bool:
        """Ring and say whether the broker took the message; after a failure, pause."""
        if self._clock() < self._paused_until:
            return False
        try:
            self._send(job_id)
        except Exception as error:  # of any kind: the job is safe in the database
            self._paused_until = self._clock() + PAUSE_SECONDS
            log.warning("the doorbell failed, the sweep takes over: %s", error)
            return False
        return True

    def _ring_all(self) -> None:
        while True:
            self.ring_now(self._waiting.get())


def _by_celery(job_id: str) -> None:
    options = {**current_app.conf.broker_transport_options, **ONE_TRY}
    with current_app.connection_for_write(transport_options=options) as connection:
        current_app.send_task(
            "portal.jobs.tasks.ring", (job_id,), connection=connection, retry=False, expires=60
        )


doorbell = Doorbell(_by_celery)
