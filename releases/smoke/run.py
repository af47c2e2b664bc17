"""Runs a smoke test, step after step, until one fails."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from portal.lib.http import NoReply, Reply
from portal.lib.redact import redact
from releases.smoke.client import Credentials, encode
from releases.smoke.judge import ABSENT, captures, expand, expand_all, failures, holds, select
from releases.smoke.steps import SmokeStep

RUN_SECONDS = 120
EXCERPT = 240
PASSED, FAILED, SKIPPED, NOT_RUN = "passed", "failed", "skipped", "not run"


class Sender(Protocol):
    """What the runner needs of a client."""

    def send(
        self, method: str, path: str, *, headers: dict[str, str], body: bytes | None, timeout: float
    ) -> Reply:
        """Send one request."""


@dataclass
class StepResult:
    """How one step went; `request` is the template, so that what was captured never gets stored."""

    name: str
    request: str
    state: str = NOT_RUN
    status: int | None = None
    ms: int = 0
    tries: int = 0
    words: str = ""
    excerpt: str = ""


@dataclass(frozen=True)
class SmokeOutcome:
    """How the whole test went."""

    results: list[StepResult]

    @property
    def passed(self) -> bool:
        """Say whether no step failed and none was left out after a failure."""
        return all(result.state in (PASSED, SKIPPED) for result in self.results)

    @property
    def words(self) -> str:
        """Say in one line how it went."""
        bad = next((result for result in self.results if result.state == FAILED), None)
        return (
            f"{bad.name}: {bad.words}"
            if bad
            else f"{sum(r.state == PASSED for r in self.results)} steps passed"
        )

    def as_json(self) -> list[dict[str, Any]]:
        """Return the results as rows for the database."""
        return [asdict(result) for result in self.results]


class SmokeRunner:
    """One run: what was captured so far, and the time that is left."""

    def __init__(
        self,
        client: Sender,
        credentials: Credentials,
        *,
        request_id: str = "",
        seconds: float = RUN_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._credentials, self._request_id, self._sleep = (
            client,
            credentials,
            request_id,
            sleep,
        )
        self._captured: dict[str, str] = {}
        self._seconds, self._ends = seconds, time.monotonic() + seconds

    def run(self, steps: Sequence[SmokeStep]) -> SmokeOutcome:
        """Run the steps in order; after the first failure the others are listed as not run."""
        results = [StepResult(step.name, f"{step.method} {step.path}") for step in steps]
        for step, result in zip(steps, results, strict=True):
            self._run_step(step, result)
            if result.state == FAILED:
                break
        return SmokeOutcome(results)

    def _run_step(self, step: SmokeStep, result: StepResult) -> None:
        if step.unless and step.unless in self._captured:
            result.state, result.words = SKIPPED, f"{step.unless} is already known"
            return
        began = time.monotonic()
        try:
            reply = self._send_until_reached(step, result)
        except NoReply as error:
            result.state, result.words = FAILED, str(error)
            result.ms = round((time.monotonic() - began) * 1000)
            return
        self._judge(step, reply, result)

    def _send_until_reached(self, step: SmokeStep, result: StepResult) -> Reply:
        """Send the request, repeatedly when the step polls; the last answer is judged."""
        ends = min(self._ends, time.monotonic() + (step.poll.deadline_seconds if step.poll else 0))
        while True:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise NoReply(f"the test took longer than {self._seconds:g} s in all")
            reply = self._send(step, min(step.timeout_seconds, left))
            result.tries += 1
            result.ms += reply.ms
            if step.poll is None or self._reached(step, reply) or time.monotonic() >= ends:
                return reply
            self._sleep(min(step.poll.interval_ms / 1000, max(0.0, ends - time.monotonic())))

    def _send(self, step: SmokeStep, timeout: float) -> Reply:
        body, headers = encode(expand_all(step.body, self._captured))
        headers["X-Request-ID"] = self._request_id
        if step.auth:
            headers["Authorization"] = self._credentials.header
        path = expand(step.path, self._captured)
        return self._client.send(step.method, path, headers=headers, body=body, timeout=timeout)

    def _reached(self, step: SmokeStep, reply: Reply) -> bool:
        item = select(step, reply.data, self._captured)
        return (
            step.poll is not None
            and item is not ABSENT
            and holds(step.poll.until, item, self._captured)
        )

    def _judge(self, step: SmokeStep, reply: Reply, result: StepResult) -> None:
        found = failures(step, reply.status, reply.headers, reply.data, self._captured)
        if step.poll and not found and not self._reached(step, reply):
            found = [
                f"not reached within {step.poll.deadline_seconds} s: {step.poll.until.path} "
                f"{step.poll.until.value}"
            ]
        if not found:
            kept, found = captures(step, reply.data, self._captured)
            self._captured.update(kept)
        result.status, result.excerpt = reply.status, self._excerpt(reply)
        result.state, result.words = (
            (FAILED, self._credentials.scrub("; ".join(found))) if found else (PASSED, "")
        )

    def _excerpt(self, reply: Reply) -> str:
        kind = reply.headers.get("content-type", "").split(";")[0]
        if "json" not in kind:
            return f"{kind or 'no content type'}, {len(reply.body)} bytes"
        return self._credentials.scrub(json.dumps(redact(reply.data), ensure_ascii=False))[:EXCERPT]
