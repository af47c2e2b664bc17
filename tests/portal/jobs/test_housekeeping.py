"""What is deleted, and how little an idle portal writes."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from environments.seed import seed_environments
from portal import settings as real
from portal.accounts import signins
from portal.api import idempotency
from portal.api.models import IdempotencyKey
from portal.audit.models import Event
from portal.jobs import housekeeping
from portal.jobs.dispatch import submit
from portal.jobs.models import Job, JobLog, ScheduleOccurrence
from portal.jobs.runner import run_until_idle
from portal.jobs.schedules import ACTOR
from portal.lib.clock import now
from portal.mail import outbox
from portal.mail.models import OutgoingEmail
from releases.models import ContainerLog
from tests.portal.accounts.people import make_cast

DAY = 86_400


def ended(kind="look", *, days, state="succeeded", actor=ACTOR, **more):
    job = submit(f"tests.{kind}", actor=actor, spec={"steps": ["a"]}, **more)
    past = now() - timedelta(days=days)
    Job.objects.filter(pk=job.pk).update(state="running")
    Job.objects.filter(pk=job.pk).update(state=state, ended_at=past)
    return job


def test_jobs_go_by_what_they_were(db):
    ended(days=2)
    ended(days=2, state="failed")
    ended("walk", days=2, environment="dev", actor="user:dora")
    ended("walk", days=2, environment="dev")  # changed something by schedule
    waiting = submit("tests.look", actor=ACTOR)
    assert housekeeping.delete_jobs() == 1
    assert Job.objects.filter(pk=waiting.pk).exists() and Job.objects.count() == 4
    assert Job.objects.filter(state="failed").exists()
    ended(days=31, state="failed")
    ended("walk", days=731, environment="dev", actor="user:dora")
    assert housekeeping.delete_jobs() == 2


def test_a_job_that_something_names_is_kept(db):
    dev = next(iter(seed_environments()))
    job = ended(days=9_999)
    ContainerLog.objects.create(environment=dev, job=job, instance="i", container="c", name="api")
    assert housekeeping.delete_jobs() == 0 and Job.objects.filter(pk=job.pk).exists()


def test_nothing_is_deleted_of_what_is_kept_for_good(db, settings):
    settings.RETENTION_DAYS = dict.fromkeys(settings.RETENTION_DAYS, 0)
    ended(days=9_999)
    assert housekeeping.delete_jobs() == 0


def test_logs_go_before_their_jobs(db):
    job = ended("walk", days=200, environment="dev", actor="user:dora")
    JobLog.objects.create(job=job, line="long ago", at=now() - timedelta(days=190))
    JobLog.objects.create(job=job, line="lately")
    assert housekeeping.delete_job_logs() == 1 and JobLog.objects.get().line == "lately"


def test_sessions_keys_letters_and_occurrences_go_too(db):
    past = now() - timedelta(days=100)
    Session.objects.create(session_key="old", session_data="", expire_date=past)
    Session.objects.create(session_key="new", session_data="", expire_date=now() + timedelta(1))
    assert signins.delete_ended_sessions() == 1
    IdempotencyKey.objects.create(actor="a", key="k", request_digest="", created_at=past)
    assert idempotency.delete_old() == 1
    for sent_at, next_try in ((past, None), (None, None), (None, past)):
        OutgoingEmail.objects.create(
            to="a@b.example", written_at=past, sent_at=sent_at, next_try_at=next_try
        )
    assert outbox.delete_old() == 2  # the third one waits
    ScheduleOccurrence.objects.create(schedule="look", due_at=past)
    assert housekeeping.delete_occurrences() == 1


def test_a_failure_of_one_table_keeps_no_other_from_its_turn(db, run, settings):
    settings.HOUSEKEEPING = ["portal.nowhere.at_all", "portal.jobs.housekeeping.delete_jobs"]
    settings.JOB_KINDS = {"jobs.housekeeping": real.JOB_KINDS["jobs.housekeeping"]} | {
        "tests.look": "tests.portal.jobs.kinds.Look"
    }
    ended(days=2)
    job = run(submit("jobs.housekeeping", actor=ACTOR))
    assert job.state == "succeeded" and not Job.objects.filter(kind="tests.look").exists()
    assert "portal.nowhere" in job.log.get().line


@pytest.fixture
def real_kinds(settings):
    settings.JOB_KINDS = real.JOB_KINDS


def test_an_idle_portal_adds_fewer_than_500_audit_rows_a_day(db, real_kinds, simulator):
    """Each schedule runs its occurrences; the second and third stand for the rest of the day."""
    make_cast()
    seed_environments()
    rows = {}
    for schedule, (kind, seconds) in real.JOB_SCHEDULES.items():
        counts = []
        for _ in range(3):
            before = Event.objects.count()
            job = submit(kind, actor=ACTOR, dedupe=f"schedule:{schedule}")
            run_until_idle(hurry=True)
            job.refresh_from_db()
            assert job.state == "succeeded", job.reason
            counts.append(Event.objects.count() - before)
        rows[schedule] = counts[0] + sum(counts[1:]) / 2 * (DAY / seconds - 1)
    assert sum(rows.values()) < 500, rows


def test_a_look_that_fails_is_audited(db, run):
    job = run(submit("tests.routine", actor=ACTOR))
    assert job.state == "failed"
    verbs = list(Event.objects.filter(job=str(job.pk)).values_list("verb", "outcome"))
    assert ("job.state_changed", "failed") in verbs


def test_a_look_that_a_person_orders_is_audited(db, run):
    job = run(submit("tests.look", actor="user:dora"))
    assert Event.objects.filter(job=str(job.pk)).count() >= 3
