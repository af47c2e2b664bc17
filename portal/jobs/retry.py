"""What an error of a step means: try again, give up, or ask an operator. Pure."""

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
)
from portal.jobs.definition import Stop
from portal.jobs.interrupts import AskOperator
from portal.lib.refusal import Refused

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
TRIES_OF_A_SURPRISE = 3
MENDABLE = (NotAuthenticated, NotAllowed, LimitExceeded, OutOfCapacity)
NOT_NOW = (BreakerOpen, Throttled)  # no attempts: the service takes nothing just now, whatever it is asked


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after the delay; `counted` as an attempt or not."""

    seconds: float
    words: str
    counted: bool = True


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The step has failed for good."""

    words: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """An operator can mend the cause; the step can then go on."""

    words: str
    next_step: str


Judgement = Again | GiveUp | Ask


def judge(error: BaseException, *, attempts: int, limit: int, last_delay: float, chance: random.Random) -> Judgement:
    """Say what becomes of a step after an error; `attempts` counts this one."""
    match error:
        case Stop():
            return GiveUp(error.message, error.next_step)
        case AskOperator():
            return Ask(error.message, error.next_step)
        case Refused():
            return GiveUp(error.message, error.next_step)
        case CloudError() if isinstance(error, NOT_NOW):
            return Again(max(error.retry_after, jittered(last_delay, chance)), error.message, counted=False)
        case CloudError(retryable=True):
            return _retried(error.message, error.retry_after, attempts, limit, last_delay, chance)
        case CloudError() if isinstance(error, MENDABLE):
            return Ask(error.message, f"{error.next_step} Then resume the job.")
        case CloudError():
            return GiveUp(error.message, error.next_step)
        case _:
            words = f"{type(error).__name__}: {error}"
            return _retried(words, 0, attempts, min(limit, TRIES_OF_A_SURPRISE), last_delay, chance)


def jittered(last_delay: float, chance: random.Random) -> float:
    """Return the next delay: decorrelated jitter, so that many clients in trouble do not knock together."""
    return min(LONGEST_SECONDS, chance.uniform(FIRST_SECONDS, 3 * max(FIRST_SECONDS, last_delay)))


def _retried(words: str, asked: float, attempts: int, limit: int, last_delay: float, chance: random.Random) -> Judgement:
    if attempts >= limit:
        return Ask(f"{words} (tried {attempts} times)", "Mend the cause, then resume the job: it goes on with this step.")
    return Again(max(asked, jittered(last_delay, chance)), words)
