"""A dry read of a smoke test: what each step would send and expect, in words, with nothing sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from releases.smoke.steps import Assertion, SmokeStep, each, one

_OPERATOR_WORDS = {
    "eq": "is {}",
    "ne": "is not {}",
    "in": "is one of {}",
    "contains": "contains {}",
    "nonempty": "is not empty",
    "length": "has {} entries",
    "at_least": "is at least {}",
}


@dataclass(frozen=True)
class StepPreview:
    """One step as a person reads it; `wrong` says why it cannot run."""

    number: int
    name: str
    request: str
    sends: list[str] = field(default_factory=list)
    expects: list[str] = field(default_factory=list)
    keeps: list[str] = field(default_factory=list)
    waits: str = ""
    wrong: list[str] = field(default_factory=list)


def rows(steps: Any) -> list[StepPreview]:
    """Return a row for each step, also for those that cannot run."""
    if not isinstance(steps, list):
        return []
    return [
        _row(number, raw, wrong)
        for number, (raw, wrong) in enumerate(zip(steps, each(steps), strict=True), 1)
    ]


def longest(steps: list[SmokeStep]) -> int:
    """Return how many seconds the test takes when every step takes all its time."""
    return sum(
        max(step.timeout_seconds, step.poll.deadline_seconds if step.poll else 0) for step in steps
    )


def _row(number: int, raw: Any, wrong: list[str]) -> StepPreview:
    given: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    name, request = (
        str(given.get("name", ""))[:80],
        f"{given.get('method', '')} {given.get('path', '')}"[:300],
    )
    if wrong:
        return StepPreview(number, name, request, wrong=wrong)
    step = one(given)
    return StepPreview(
        number, name, request, _sends(step), _expects(step), _keeps(step), _waits(step)
    )


def _sends(step: SmokeStep) -> list[str]:
    found = ["the instructor's credentials"] if step.auth else []
    if step.body.get("kind") == "json":
        found.append("JSON")
    if step.body.get("kind") == "multipart":
        found.append(
            f"the file {step.body['filename']} ({len(step.body['text'].splitlines())} lines) as "
            f"{step.body['field']}"
        )
    return found


def _expects(step: SmokeStep) -> list[str]:
    found = [f"status {' or '.join(map(str, step.status))}"]
    found += [f"header {_describe(item)}" for item in step.headers]
    if step.select:
        where = " and ".join(
            f"{key} {value}" for key, value in step.select.get("where", {}).items()
        )
        missing = "; none is no failure" if step.optional else ""
        found.append(f"of the first item with {where or 'anything'}{missing}:")
    return found + [_describe(item) for item in step.expect]


def _keeps(step: SmokeStep) -> list[str]:
    return [f"${name} = {path}" for name, path in step.captures.items()]


def _waits(step: SmokeStep) -> str:
    words = f"at most {step.timeout_seconds} s"
    if step.poll:
        poll = step.poll
        words = (
            f"asks every {poll.interval_ms} ms until {_describe(poll.until)}, at most "
            f"{poll.deadline_seconds} s"
        )
    return f"{words}; left out when ${step.unless} is known" if step.unless else words


def _describe(item: Assertion) -> str:
    path = item.path if isinstance(item.path, str) else " > ".join(item.path)
    shown = ", ".join(map(str, item.value)) if isinstance(item.value, list) else item.value
    return f"{path or 'the answer'} {_OPERATOR_WORDS[item.operator].format(shown)}"
