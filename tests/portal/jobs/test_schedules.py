"""What is due by the clock."""

import pytest

from portal.jobs import schedules, tasks
from portal.jobs.models import Job, ScheduleOccurrence

HUNDRED_YEARS = 3_155_760_000


@pytest.fixture(autouse=True)
def _schedule(settings, db):
    settings.JOB_SCHEDULES = {"look": ("tests.look", HUNDRED_YEARS // 2)}


def test_an_occurrence_is_set_off_once_however_often_and_by_whomever_it_is_ticked():
    assert schedules.tick() == 1
    tasks.tick()
    assert schedules.tick() == 0
    assert Job.objects.get().actor == "system:schedule"
    assert ScheduleOccurrence.objects.get().job == Job.objects.get()


def test_a_schedule_whose_last_job_is_still_at_work_gets_no_second_one():
    schedules.tick()
    ScheduleOccurrence.objects.all().delete()
    assert schedules.tick() == 1
    assert Job.objects.count() == 1


def test_a_schedule_that_cannot_be_set_off_does_not_stop_the_others(settings):
    settings.JOB_SCHEDULES = {
        "bad": ("tests.nothing", HUNDRED_YEARS // 2),
        **settings.JOB_SCHEDULES,
    }
    assert schedules.tick() == 2
    assert Job.objects.get().kind == "tests.look"


def test_no_schedules_are_no_work(settings):
    settings.JOB_SCHEDULES = {}
    assert schedules.tick() == 0
