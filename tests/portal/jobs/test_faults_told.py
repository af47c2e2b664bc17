"""What fails is told as what it is, and costs no other job anything."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from portal.audit.models import Event
from portal.jobs.dispatch import submit
from portal.jobs.lease import claim, reclaim
from portal.jobs.models import Job
from portal.jobs.models.clock import DatabaseNow
from portal.lib.database import away_words, is_away
from tests.portal.jobs import kinds


def killed(job, times=5):
    """Let so many workers die of it."""
    for _ in range(times):
        Job.objects.filter(pk=job.pk).update(next_wake_at=DatabaseNow())
        claim("me", most=1, lease_seconds=10)
        past = DatabaseNow() - timedelta(seconds=1)
        Job.objects.filter(pk=job.pk, lease_until__isnull=False).update(lease_until=past)
        reclaim(10.0)
    job.refresh_from_db()
    return job


def test_a_rule_of_the_database_is_no_death_of_the_worker(order, run):
    job = run(order("clash"))
    assert (job.state, job.crash_count) == ("needs_operator", 0)
    assert "jobs_worker_pkey" in job.reason and "worker died" not in job.reason


def test_a_second_call_under_one_label_is_refused_aloud(order, run, cloud):
    job = run(order("twoupdates"))
    assert job.state == "needs_operator" and "two different calls under one label" in job.reason
    assert [name for name, _ in cloud.calls] == ["first"]


@pytest.mark.parametrize("raises", [True, False])
def test_texts_that_cannot_be_stored_are_cleaned(order, run, raises):
    job = run(order("ragged", spec={"raises": raises}))
    assert (job.state, job.crash_count) == ("failed" if raises else "succeeded", 0)
    assert "\ufffd" in (job.reason if raises else job.result["a"]["text"])


def test_a_routine_job_that_kills_its_workers_is_parked_once(db):
    first = killed(submit("tests.routine", actor="system:schedule", dedupe="schedule:x"))
    assert first.state == "needs_operator"
    again = submit("tests.routine", actor="system:schedule", dedupe="schedule:x")
    assert again == first and Job.objects.count() == 1
    first.abandon("user:ada", "fixed")
    assert submit("tests.routine", actor="system:schedule", dedupe="schedule:x") != first


def test_a_crashed_job_of_many_steps_is_parked_like_any_other(order):
    names = [f"{letter * 90}" for letter in "abc"]
    job = order(spec={"steps": names})
    job.step_rows.update(state="running")
    assert killed(job).state == "needs_operator"


def take_too_long():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10ms'")
        cursor.execute("SELECT pg_sleep(5)")


def test_a_lock_that_is_held_too_long_is_told_as_a_busy_database(db):
    with pytest.raises(OperationalError) as caught:
        take_too_long()
    assert is_away(caught.value) and "busy" in away_words(caught.value)
    assert "does not answer" in away_words(OperationalError("connection refused"))


SECRETS = "Hunter22-hunter", "b2NpOnNlY3JldHNlY3JldA==", "sk-proj-abcdefghijklmnop"


def test_a_secret_in_an_error_is_written_nowhere(order, run, monkeypatch):
    """The job, its steps, its log and the audit trail hold it masked, as the log file does."""
    password, basic, key = SECRETS
    says = f"no: password={password} Authorization: Basic {basic} api_key: {key}"
    monkeypatch.setattr(kinds.Ragged, "says", says)
    job = run(order("ragged", spec={}))
    row = job.step_rows.get()
    written = [job.reason, job.next_step, row.error, row.note, *map(str, job.log.all())]
    written += [event.body for event in Event.objects.all()]
    assert "no: " in job.reason
    assert [text for text in written for secret in SECRETS if secret in text] == []
