"""The state table in code and the trigger in the database say the same."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.jobs.models import Job
from portal.jobs.states import TERMINAL, JobState, legal

pytestmark = pytest.mark.django_db


def job_in(state: JobState) -> Job:
    return Job.objects.create(
        kind="k",
        mutating=False,
        state=state,
        title="t",
        actor="user:x",
        spec_digest="",
        code_version=1,
    )


def moved(job: Job, **changes) -> bool:
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(**changes)
    except IntegrityError:
        return False
    return True


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(old=st.sampled_from(JobState), new=st.sampled_from(JobState))
def test_the_database_refuses_exactly_what_the_table_lacks(old, new):
    assert moved(job_in(old), state=new) == legal(old, new)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(walk=st.lists(st.sampled_from(JobState), max_size=8))
def test_any_walk_through_the_states_goes_as_far_as_the_table_lets_it(walk):
    job, here = job_in(JobState.QUEUED), JobState.QUEUED
    for new in walk:
        went = moved(job, state=new)
        assert went == legal(here, new)
        here = new if went else here
    job.refresh_from_db()
    assert job.state == here


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_what_is_over_is_frozen(state):
    assert not moved(job_in(state), title="another")


@pytest.mark.parametrize(
    "changes", [{"spec": {"x": 1}}, {"actor": "user:y"}, {"environment": "prod"}, {"kind": "other"}]
)
def test_what_was_ordered_is_frozen(changes):
    assert not moved(job_in(JobState.RUNNING), **changes)


def test_the_epoch_never_falls():
    job = job_in(JobState.RUNNING)
    assert moved(job, epoch=2)
    assert not moved(job, epoch=1)


def test_every_state_that_is_not_over_leads_somewhere_that_is():
    reach = set(TERMINAL)
    for _ in JobState:
        reach |= {
            old for old in JobState if any(legal(old, new) and new in reach for new in JobState)
        }
    assert reach == set(JobState)
