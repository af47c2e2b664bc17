"""The steps of a job without the job engine: what the cloud and its health checks impose on
whoever takes the same steps.
"""

import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal.cloud.client import Answer
from portal.cloud.client import client as cloud_client
from portal.jobs.definition import Done, Skipped, Step, Wait
from portal.jobs.models import Job
from portal.lib.clock import now

# how often an impatient client looks; each look is a call that costs the simulator time as well
LOOK_SECONDS = 0.1


class Bare:
    """Hands a step what it needs and nothing more: no ledger, no lease, no audit row; calls
    go straight out.
    """

    def __init__(self, job: Job, results: dict[str, dict[str, Any]]) -> None:
        self.job, self.spec, self.results = job, job.spec, results
        self.memo: dict[str, Any] = {}
        self.client = cloud_client()
        self._made: dict[str, Answer] = {}

    @property
    def now(self) -> datetime:
        """Return the present moment."""
        return now()

    def remember(self, **values: Any) -> None:
        """Keep values between the runs of a step."""
        self.memo.update(values)

    def say(self, line: str) -> None:
        """Say nothing."""

    def change(
        self, service: str, operation: str, *args: Any, client: Any = None, **more: Any
    ) -> Answer:
        """Make a call once for each label, as the ledger would."""
        label, _, _ = (
            more.pop("label", None) or operation,
            more.pop("target", ""),
            more.pop("find", None),
        )
        if label not in self._made:
            through = client or self.client
            token = (
                {"retry_token": uuid.uuid4().hex} if through.takes_token(service, operation) else {}
            )
            self._made[label] = through.change(service, operation, *args, **token, **more)
        return self._made[label]


def take(steps: Sequence[Step], job: Job) -> float:
    """Take the steps one after the other, looking again as soon as that makes sense; return
    the seconds.
    """
    began, results = time.monotonic(), dict[str, dict[str, Any]]()
    for step in steps:
        context: Any = Bare(job, results)
        while isinstance(outcome := step.run(context), Wait):
            time.sleep(min(outcome.seconds, LOOK_SECONDS))
        results[step.name] = outcome.result if isinstance(outcome, Done) else {}
        assert isinstance(outcome, (Done, Skipped))
    return time.monotonic() - began
