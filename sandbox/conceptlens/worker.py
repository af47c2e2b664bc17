"""The worker: takes queued runs and computes them, one at a time."""

import threading
import time

from sandbox.conceptlens import exams
from sandbox.conceptlens.behaviour import Behaviour
from sandbox.conceptlens.desk import Desk

SLOW_RUN_SECONDS = 20.0


def work(desk: Desk, behaviour: Behaviour, stop: threading.Event) -> None:
    """Look for runs until told to stop; a run that is cut off stays `running` for good, as the
    product's would.
    """
    while not stop.is_set():
        if not take(desk, behaviour):
            stop.wait(desk.settings.poll_seconds)


def take(desk: Desk, behaviour: Behaviour) -> bool:
    """Compute the oldest queued run; say whether there was one."""
    run = desk.store.claim("run", status="queued", then="running")
    if run is None:
        return False
    print(f"computing run {run['run_id']} of exam {run['exam_id']}", flush=True)
    if behaviour.mode() == "slow":
        time.sleep(SLOW_RUN_SECONDS)
    ended = exams.carry_out(desk, run)
    print(f"run {run['run_id']}: {ended['status']}", flush=True)
    return True
