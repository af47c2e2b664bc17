"""The runner as a part of each Celery worker; it starts before the broker is contacted."""

from threading import Thread
from typing import Protocol

from celery import bootsteps
from celery.signals import worker_shutting_down

from portal.cloud import sdk_clients
from portal.jobs.runner import Runner

_runners: list[Runner] = []


def ring() -> None:
    """Wake the runner of this process, if it has one."""
    for runner in _runners:
        runner.ring()


class CeleryWorker(Protocol):
    """What is used of Celery's worker, which has no types."""

    hostname: str
    steps: list[object]


class RunnerStep(bootsteps.StartStopStep):
    """Starts and drains the runner with its worker, so that jobs run also without a broker."""

    def __init__(self, parent: CeleryWorker, **options: object) -> None:
        self.runner: Runner | None = None
        super().__init__(parent, **options)

    def include(self, parent: CeleryWorker) -> bool:
        parent.steps.append(self)  # in every worker, whatever its options
        return True

    def start(self, parent: CeleryWorker) -> None:
        self.runner = Runner(name=parent.hostname)
        _runners.append(self.runner)
        worker_shutting_down.connect(self._drain, weak=False)
        self.runner.start()
        # the SDK's first import would delay the first click
        Thread(target=sdk_clients.warm, name="warm", daemon=True).start()

    def stop(self, parent: CeleryWorker) -> None:
        if self.runner:
            self.runner.stop()

    def terminate(self, parent: CeleryWorker) -> None:
        """Stop as always: a lease that is given back is found at once by another worker."""
        self.stop(parent)

    def _drain(self, **signal: object) -> None:
        if self.runner:
            self.runner.drain()
