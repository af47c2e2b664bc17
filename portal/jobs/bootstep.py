"""The runner as a part of each Celery worker. It starts before the broker is asked for, so jobs run while that is down."""

from threading import Thread
from typing import Any

from celery import bootsteps
from celery.signals import worker_shutting_down

from portal.cloud import clients
from portal.jobs.runner import Runner

_runners: list[Runner] = []


def ring() -> None:
    """Wake the runner of this process, if it has one."""
    for runner in _runners:
        runner.ring()


class RunnerStep(bootsteps.StartStopStep):
    """Starts and drains the runner with its worker."""

    def __init__(self, parent: Any, **options: Any) -> None:
        self.runner: Runner | None = None
        super().__init__(parent, **options)

    def include(self, parent: Any) -> bool:
        """Take part in every worker."""
        parent.steps.append(self)
        return True

    def start(self, parent: Any) -> None:
        """Start the runner."""
        self.runner = Runner(name=parent.hostname)
        _runners.append(self.runner)
        worker_shutting_down.connect(self._drain, weak=False)
        self.runner.start()
        Thread(target=clients.warm, name="warm", daemon=True).start()  # the SDK's first import would delay the first click

    def stop(self, parent: Any) -> None:
        """Finish the calls in hand and give the jobs back."""
        if self.runner:
            self.runner.stop()

    def terminate(self, parent: Any) -> None:
        """Do the same when the worker is told to hurry: a lease given back is found at once."""
        self.stop(parent)

    def _drain(self, **signal: Any) -> None:
        if self.runner:
            self.runner.drain()
