"""Smoke tests by schedule: never beside a change, asked once more after a failure, told to
people when they failed twice.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now

from portal.dashboard import inbox
from portal.jobs.definition import Skipped
from portal.jobs.models import Job
from releases.deployment import dispatch
from releases.deployment.steps import smoke
from releases.models import SmokeRun, SmokeTest
from releases.smoke import probe, schedule
from tests.portal.accounts.people import sign_in
from tests.releases.builders import requested

pytestmark = pytest.mark.django_db


def every(environment, minutes):
    environment.settings = {**environment.settings, "smoke_minutes": minutes}
    environment.save()


def ran(environment, *, passed=True, origin="schedule", ago=0, **fields):
    """Keep a run that began so many minutes ago."""
    at = now() - timedelta(minutes=ago)
    values = {
        "passed": passed,
        "origin": origin,
        "words": "fine" if passed else "no answer",
        "results": [],
        **fields,
    }
    return SmokeRun.objects.create(environment=environment, started_at=at, ended_at=at, **values)


def test_only_environments_with_a_pace_are_tested(dev, stage):
    every(dev, 10)
    assert schedule.start_due() == ["dev"]
    job = Job.objects.get()
    assert (job.actor, job.spec["origin"], job.environment) == (
        "system:schedule",
        "schedule",
        "dev",
    )
    assert (
        schedule.start_due() == ["dev"] and Job.objects.count() == 1
    )  # it has not run yet: the same order


def test_nothing_is_set_off_before_its_time(dev):
    every(dev, 10)
    ran(dev, ago=9)
    assert schedule.start_due() == []


def test_beside_a_deployment_nothing_is_set_off_and_what_was_is_left_out(dev, cast):
    every(dev, 10)
    schedule.start_due()
    job = Job.objects.get()
    release = requested(dev, cast.deployer)
    release.mark_approved()
    dispatch.deploy(release, cast.deployer)
    assert schedule.start_due() == []

    class Context:
        spec = {}

    Context.job = job
    assert isinstance(smoke.run_smoke_test(False, "schedule", Context()), Skipped)
    assert not SmokeRun.objects.exists()


@pytest.mark.parametrize(
    ("past", "told"),
    [
        ([False], False),  # once may be a mishap
        ([False, False], True),
        ([False, True], False),  # it is well again
        ([True, False, False, False], True),
    ],
)
def test_people_hear_of_it_when_it_failed_twice(dev, cast, past, told):
    every(dev, 10)
    for passed in past:
        ran(dev, passed=passed)
    found = [item for item in inbox.items(cast.deployer) if item.kind == "smoke test"]
    assert [item.title for item in found] == (
        [f"The smoke test of dev failed {past.count(False)} times in a row: no answer"]
        if told
        else []
    )
    assert not [item for item in inbox.items(cast.readonly) if item.kind == "smoke test"]


def test_people_do_not_hear_of_what_a_deployment_or_a_person_saw_fail_nor_when_it_is_switched_off(
    dev, cast
):
    every(dev, 10)
    ran(dev, passed=False)
    ran(dev, passed=False, origin="button")
    assert SmokeRun.objects.failing() == []
    ran(dev, passed=False)
    assert SmokeRun.objects.failing()[0].runs == 3
    every(dev, 0)
    assert SmokeRun.objects.failing() == []


def test_what_keeps_a_scheduled_test_from_beginning_is_a_failed_run(dev):
    every(dev, 10)
    dev.secrets.filter(name="INSTRUCTOR_USERNAME").delete()
    schedule.start_due()
    kept = probe.run_test(dev, None, job=Job.objects.get(), origin="schedule")
    assert not kept.passed and "dev has no secret INSTRUCTOR_USERNAME" in kept.words
    assert kept.job is None and kept.version.number == 1 and kept.url == "http://127.0.0.1:80"


def test_a_run_that_passed_on_schedule_is_forgotten_after_ninety_days_and_nothing_else(dev):
    days = 24 * 60
    gone = ran(dev, ago=91 * days)
    kept = [
        ran(dev, ago=91 * days, passed=False),
        ran(dev, ago=91 * days, origin="button"),
        ran(dev, ago=80 * days),
    ]
    assert schedule.delete_old() == 1 and schedule.delete_old() == 0
    assert not SmokeRun.objects.filter(pk=gone.pk).exists()
    for run in kept:
        with pytest.raises(IntegrityError, match="is evidence"), transaction.atomic():
            run.delete()


def test_the_page_shows_the_history_for_the_same_number_of_questions(
    client, dev, cast, django_assert_max_num_queries
):
    test = SmokeTest.objects.for_environment(dev)
    sign_in(client, cast.readonly)
    for count in (1, 20):
        for _ in range(count):
            ran(dev, passed=count == 1, version=test.versions.get(), words="no <answer>")
        with django_assert_max_num_queries(16):
            page = client.get(reverse("smoke", args=["dev"])).content.decode()
    assert (
        "21 runs, the oldest on the left, times in UTC; 20 failed" in page
        and "no &lt;answer&gt;" in page
    )
    assert "Edit the steps" not in page and "Run on dev" not in page
