"""What an error of a step means."""

import random

import pytest

from portal.cloud import errors
from portal.jobs.definition import Stop
from portal.jobs.interrupts import AskOperator
from portal.jobs.retry import (
    FIRST_SECONDS,
    LONGEST_SECONDS,
    Fail,
    NeedOperator,
    Retry,
    classify,
    jittered,
)
from portal.lib.refusal import Refused


def classified(error, attempts=1, limit=8, last_delay=0.0, unreached=0.0):
    return classify(
        error,
        attempts=attempts,
        limit=limit,
        last_delay=last_delay,
        rng=random.Random(1),
        unreached=unreached,
    )


@pytest.mark.parametrize(
    "error", [errors.Throttled("slow"), errors.Unavailable("500"), errors.NoAnswer("lost")]
)
def test_it_tries_again_what_may_succeed_later(error):
    assert isinstance(classified(error), Retry)


def test_it_waits_as_long_as_oci_asks():
    assert classified(errors.Throttled("slow", retry_after=77)).seconds == 77


def test_it_asks_an_operator_after_the_last_attempt():
    answer = classified(errors.Unavailable("500"), attempts=8)
    assert isinstance(answer, NeedOperator) and "tried 8 times" in answer.message


@pytest.mark.parametrize(
    "error", [errors.BreakerOpen("rest"), errors.Throttled("slow"), errors.RateLimited("slow")]
)
def test_a_service_that_takes_nothing_just_now_costs_no_attempt(error):
    assert classified(error, attempts=99).counted is False


def test_what_cannot_be_reached_is_tried_by_time_and_not_by_attempts():
    answer = classified(errors.Unreachable("no name"), attempts=99, unreached=599)
    assert isinstance(answer, Retry) and not answer.counted


def test_what_stays_out_of_reach_for_ten_minutes_is_an_operators_case():
    answer = classified(errors.Unreachable("no name."), unreached=600)
    assert isinstance(answer, NeedOperator) and "for 10 minutes" in answer.message


OPERATOR_CAN_FIX = [
    errors.NotAuthenticated,
    errors.NotAllowed,
    errors.LimitExceeded,
    errors.QuotaExceeded,
    errors.OutOfCapacity,
]


@pytest.mark.parametrize("error", [kind("it") for kind in OPERATOR_CAN_FIX])
def test_it_asks_an_operator_where_one_can_remove_the_cause(error):
    assert isinstance(classified(error), NeedOperator)


@pytest.mark.parametrize(
    "error", [errors.BadRequest("bad"), errors.StaleEtag("old"), Stop("no"), Refused("no")]
)
def test_it_fails_what_will_never_succeed(error):
    assert isinstance(classified(error), Fail)


def test_it_takes_a_surprise_three_times_then_asks():
    assert isinstance(classified(KeyError("x"), attempts=2), Retry)
    assert isinstance(classified(KeyError("x"), attempts=3), NeedOperator)


def test_it_asks_when_only_an_operator_can_say():
    assert classified(AskOperator("lost", "look")) == NeedOperator("lost", "look")


def test_delays_grow_apart_and_stay_in_bounds():
    rng, delays, last = random.Random(7), [], 0.0
    for _ in range(50):
        last = jittered(last, rng)
        delays.append(last)
    assert all(FIRST_SECONDS <= delay <= LONGEST_SECONDS for delay in delays)
    assert len(set(delays)) > 40 and max(delays) == LONGEST_SECONDS
