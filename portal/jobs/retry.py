"""What an error of a step means: try again, fail, or ask an operator. Pure."""

import random
from dataclasses import dataclass

from portal.cloud.errors import (
    BreakerOpen,
    CloudError,
    LimitExceeded,
    NotAllowed,
    NotAuthenticated,
    OutOfCapacity,
    Throttled,
    Unreachable,
)
from portal.jobs.definition import Stop
from portal.jobs.interrupts import AskOperator
from portal.lib.refusal import Refused

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
TRIES_OF_UNEXPECTED_ERRORS = 3
OPERATOR_CAN_FIX = (NotAuthenticated, NotAllowed, LimitExceeded, OutOfCapacity)
# A name can be unknown for minutes: that of a vault's endpoint after the vault was made.
UNREACHABLE_SECONDS = 600.0
SERVICE_BUSY = (BreakerOpen, Throttled)  # no attempts: the service refuses every call just now


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after the delay; `counted` as an attempt or not."""

    seconds: float
    message: str
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Fail:
    """The step has failed for good."""

    message: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class NeedOperator:
    """An operator can remove the cause; the step can then go on."""

    message: str
    next_step: str


ErrorClass = Retry | Fail | NeedOperator


def classify(
    error: BaseException,
    *,
    attempts: int,
    limit: int,
    last_delay: float,
    rng: random.Random,
    unreached: float = 0.0,
) -> ErrorClass:
    """Say what becomes of a step after an error.

    `attempts` counts this one; `unreached` is for how many seconds no connection was possible.
    """
    match error:
        case Stop() | Refused():
            return Fail(error.message, error.next_step)
        case AskOperator():
            return NeedOperator(error.message, error.next_step)
        case CloudError() if isinstance(error, SERVICE_BUSY):
            delay = max(error.retry_after, jittered(last_delay, rng))
            return Retry(delay, error.message, counted=False)
        case Unreachable() if unreached < UNREACHABLE_SECONDS:
            return Retry(jittered(last_delay, rng), error.message, counted=False)
        case Unreachable():
            return NeedOperator(
                f"{error.message} It stayed so for {unreached / 60:.0f} minutes.",
                f"{error.next_step} Then resume the job.",
            )
        case CloudError(retryable=True):
            return _retry(error.message, error.retry_after, attempts, limit, last_delay, rng)
        case CloudError() if isinstance(error, OPERATOR_CAN_FIX):
            return NeedOperator(error.message, f"{error.next_step} Then resume the job.")
        case CloudError():
            return Fail(error.message, error.next_step)
        case _:
            tries = min(limit, TRIES_OF_UNEXPECTED_ERRORS)
            return _retry(f"{type(error).__name__}: {error}", 0, attempts, tries, last_delay, rng)


def jittered(last_delay: float, rng: random.Random) -> float:
    """Return the next delay: decorrelated jitter, so that many clients do not retry together."""
    return min(LONGEST_SECONDS, rng.uniform(FIRST_SECONDS, 3 * max(FIRST_SECONDS, last_delay)))


def _retry(
    message: str,
    asked: float,
    attempts: int,
    limit: int,
    last_delay: float,
    rng: random.Random,
) -> ErrorClass:
    if attempts >= limit:
        return NeedOperator(
            f"{message} (tried {attempts} times)",
            "Fix the cause, then resume the job: it goes on with this step.",
        )
    return Retry(max(asked, jittered(last_delay, rng)), message)
