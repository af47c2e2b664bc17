"""What a job kind is made of: steps, their outcomes, what a step may ask of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from portal.cloud.client import Answer, CloudClient
    from portal.jobs.models import Job

JsonObject = dict[str, Any]
Results = Mapping[str, JsonObject]  # by step name: what each step that is over returned


class Stop(Exception):
    """Raised by a step: trying again is of no use. The job is compensated, or ends failed."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True, slots=True)
class Done:
    """The step is over; `result` (JSON) is what later steps find in `ctx.results[name]`."""

    result: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: run the step again after so many seconds. A job that waits long uses no worker."""

    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to do, for the reason given; steps that need this one go on."""

    reason: str


StepResult = Done | Wait | Skipped  # what a run of a step returns


class StepContext(Protocol):
    """What a step may ask of the engine while it runs."""

    @property
    def job(self) -> Job:
        """The job, as it was claimed."""

    @property
    def spec(self) -> JsonObject:
        """The frozen order of the job."""

    @property
    def results(self) -> Results:
        """The results of the steps that are over, by step name."""

    @property
    def memo(self) -> JsonObject:
        """A JSON object that the step keeps between its runs; saved when a run ends."""

    @property
    def now(self) -> datetime:
        """The present moment by the clock of the database."""

    @property
    def client(self) -> CloudClient:
        """The way to OCI, for reads."""

    def remember(self, **values: object) -> None:
        """Put values in the memo and commit them at once, so that they outlive a crash now."""

    def say(self, line: str) -> None:
        """Add a line to the log that the job's page shows; never a secret."""

    def change(
        self,
        service: str,
        operation: str,
        *args: object,
        label: str | None = None,
        target: str = "",
        find: Callable[[], object] | None = None,
        client: CloudClient | None = None,
        **kwargs: object,
    ) -> Answer:
        """Make one changing call to OCI: intent and audit row, then the call, then its outcome.

        `label` names the call within the step (the operation by default): a step that makes the
        same call twice gives each its own. A call whose outcome is recorded is answered from the
        ledger. After an unknown outcome the same token goes out again, or `find` is asked: it
        returns the resource in wire names, or None when OCI has none. `target` is the OCID for the
        audit row; `client` another region or endpoint than `ctx.client`.
        """


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a job's graph: it runs when every step in `needs` is over."""

    name: str
    run: Callable[[StepContext], StepResult]
    needs: Sequence[str] = ()
    label: str = ""
    attempts: int = 8
    deadline_seconds: float = 600


UNDO = "undo:"  # prefix of the stored names of compensation steps, apart from the forward ones


class JobKind:
    """A kind of job: a class in `<app>/jobs`, with a line in JOB_KINDS of the settings."""

    mutating = True  # at most one mutating job at a time on one environment
    routine = False  # recurs by itself: it fails where another kind would wait for an operator
    deadline = timedelta(hours=1)
    code_version = 1  # raise it when a half-done job of the former code must not go on by itself
    renamed_steps: Mapping[str, str] = {}  # former name: present name, for unfinished jobs

    def title(self, job: Job) -> str:
        """Return the words for pages and messages, used when the submitter gives none."""
        return job.kind

    def steps(self, job: Job) -> list[Step]:
        """Return the graph; the same for the same `job.spec`, whenever it is asked."""
        raise NotImplementedError

    def limit(self, steps: Sequence[Step]) -> timedelta:
        """Return how long a job of these steps may take before it asks an operator."""
        return self.deadline

    def compensation(self, job: Job, results: Results) -> list[Step]:
        """Return the steps that undo what was done, in the order to run them; none by default.

        `results` also has what steps that did not end `remember`ed.
        """
        return []

    def admit(self, job: Job) -> None:
        """Raise Refused when the job may no longer change anything.

        It is asked in the transaction before each call to OCI.
        """

    def finished(self, job: Job, results: Results) -> None:
        """Update the product's own rows, in the transaction that ends the job.

        It is called whatever the end (`job.state`).
        """

    def present_name(self, stored: str) -> str:
        """Return what the step that is stored under this name is called in code now."""
        prefix = UNDO if stored.startswith(UNDO) else ""
        name = stored.removeprefix(prefix)
        return prefix + self.renamed_steps.get(name, name)
