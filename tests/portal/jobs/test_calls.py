"""Changing calls: announced before, recorded after, never made twice blindly."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from portal.audit.models import Event
from portal.cloud import errors
from portal.jobs.models import Call
from tests.portal.jobs import kinds


def calls_told(job):
    return list(
        Event.objects.filter(job=str(job.pk), verb="oci.call")
        .order_by("id")
        .values_list("outcome", flat=True)
    )


def test_intent_and_audit_row_are_there_when_the_call_leaves(order, run, cloud):
    seen = []
    cloud.before = lambda name: seen.append(
        (Call.objects.get().outcome, Event.objects.latest("id").outcome)
    )
    job = run(order("make"))
    assert seen == [("", "admitted")]
    assert job.state == "succeeded"
    assert calls_told(job) == ["admitted", "done"]
    call = Call.objects.get()
    assert (call.outcome, call.request_id, call.target) == (
        "done",
        "request-1",
        "ocid1.compartment",
    )
    assert call.answer["headers"] == {"opc-x": "y"}
    assert Event.objects.filter(verb="oci.call").first().subject == "ocid1.compartment"


def test_a_recorded_answer_is_replayed_and_the_call_not_made_again(order, run, cloud):
    job = run(order("polls"))
    assert job.state == "succeeded"
    assert len(cloud.calls) == 1
    assert job.result == {"make": {"id": cloud.find("vcn")["id"], "etag": "etag"}}


def test_a_recorded_outcome_is_frozen(order, run):
    run(order("make"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.update(answer={})


def test_a_lost_answer_is_asked_for_again_with_the_same_token(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"), after=True)
    job = run(order("make"))
    assert job.state == "succeeded"
    assert len(cloud.things["vcn"]) == 1
    assert len(cloud.calls) == 2 and len({token for _, token in cloud.calls}) == 1
    assert calls_told(job) == ["admitted", "unknown", "admitted", "done"]


def test_a_try_that_did_nothing_says_nothing_of_the_lost_one_before_it(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"), after=True)
    cloud.trouble(errors.Throttled("slow"))
    job = run(order("make"))
    assert (job.state, len(cloud.things["vcn"])) == ("succeeded", 1)
    assert calls_told(job) == ["admitted", "unknown", "admitted", "unknown", "admitted", "done"]


def test_a_lost_answer_of_a_call_without_token_is_looked_up(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"), after=True)
    job = run(order("put"))
    assert job.state == "succeeded"
    assert len(cloud.calls) == 1
    assert Event.objects.filter(
        verb="oci.call", outcome="done", body__contains='"adopted":true'
    ).exists()


def test_what_a_look_up_does_not_find_is_made_anew_by_a_new_generation(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"))
    job = run(order("put"))
    assert job.state == "succeeded"
    assert list(Call.objects.order_by("generation").values_list("generation", "outcome")) == [
        (1, "absent"),
        (2, "done"),
    ]
    assert len(cloud.things["bucket"]) == 1


def test_oci_may_hide_what_it_made_for_a_while_so_nothing_is_made_anew_at_once(
    order, run, cloud, settings
):
    settings.JOB_SETTLE_SECONDS = 60
    cloud.trouble(errors.NoAnswer("lost"))
    job = run(order("put"), hurry=False)
    assert run(job, hurry=False).state == "waiting"
    assert len(cloud.calls) == 1
    assert "checking again" in job.step_rows.get().note


def test_a_token_too_old_for_oci_is_not_trusted(order, run, cloud, monkeypatch):
    monkeypatch.setattr("portal.jobs.calls.TOKEN_LIFE", timedelta(0))
    cloud.trouble(errors.NoAnswer("lost"), after=True)
    assert run(order("make")).state == "needs_operator"
    assert len(cloud.calls) == 1


def test_a_lost_answer_that_nobody_can_look_up_asks_for_an_operator(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"), after=True)
    job = run(order("fixed"))
    assert (job.state, job.at_step) == ("needs_operator", "fix")
    assert (
        "not known whether double.put_thing happened" in job.reason
        and "Look in OCI" in job.next_step
    )
    assert len(cloud.calls) == 1


def test_an_operator_who_looked_has_it_made_anew_with_a_new_token(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"))
    job = run(order("fixed"))
    job.resume("user:dora", looked=True)
    assert run(job).state == "succeeded"
    tokens = [token for _, token in cloud.calls]
    assert len(tokens) == 2 == len(set(tokens))
    assert Event.objects.filter(
        verb="job.resumed", actor="user:dora", body__contains='"looked":true'
    ).exists()


def test_an_operator_who_did_not_look_changes_nothing(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"))
    job = run(order("fixed"))
    job.resume("user:dora")
    assert run(job).state == "needs_operator"
    assert len(cloud.calls) == 1


def test_a_throttled_call_is_made_again(order, run, cloud):
    cloud.trouble(errors.Throttled("slow"), errors.Throttled("slow"))
    job = run(order("make"))
    assert job.state == "succeeded"
    assert job.step_rows.get().calls.get().tries == 3
    assert calls_told(job) == ["admitted", "failed"] * 2 + ["admitted", "done"]
    assert "slow" in job.log.first().line


def test_attempts_end_and_an_operator_can_resume(order, run, cloud):
    cloud.trouble(*[errors.Unavailable("500", request_id="r-1")] * 3)
    job = run(order("make"))
    assert (job.state, job.at_step) == ("needs_operator", "make")
    assert "tried 3 times" in job.reason
    assert job.log.last().request_id == "r-1"
    job.resume("user:dora")
    assert run(job).state == "succeeded"
    assert len(cloud.things["vcn"]) == 1


def test_a_call_that_will_never_succeed_fails_the_job(order, run, cloud):
    cloud.trouble(errors.BadRequest("no such shape"))
    job = run(order("make"))
    assert (job.state, job.reason) == ("failed", "no such shape")
    assert calls_told(job) == ["admitted", "failed"]


def test_a_call_that_may_not_be_made_now_is_not_made(order, run, cloud, monkeypatch):
    monkeypatch.setattr(kinds.Guarded, "open", False)
    job = run(order("guarded"))
    assert (job.state, cloud.calls) == ("needs_operator", [])
    assert job.reason == "The environment is frozen."
    assert not Call.objects.exists() and calls_told(job) == []
    monkeypatch.setattr(kinds.Guarded, "open", True)
    job.resume("user:dora")
    assert run(job).state == "succeeded"


def test_a_token_used_with_other_values_asks_for_an_operator(order, run, cloud):
    cloud.trouble(errors.WrongTokenBody("used before"))
    job = run(order("make"))
    assert (job.state, Call.objects.get().outcome) == ("needs_operator", "unknown")


def test_tokens_are_the_same_wherever_they_are_made_and_fit_oci(settings):
    from portal.jobs.token import retry_token, value_digest

    one = retry_token("job", "step", "label", 1, "digest")
    assert one == retry_token("job", "step", "label", 1, "digest") and len(one) <= 64
    assert one != retry_token("job", "step", "label", 2, "digest")
    settings.JOB_TOKEN_KEY = "another"
    assert one != retry_token("job", "step", "label", 1, "digest")
    assert value_digest({"a": 1.5, "b": b"x"}) != value_digest({"a": 1.5, "b": b"y"})
