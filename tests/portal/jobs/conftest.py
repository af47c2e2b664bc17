"""Fixtures: jobs of the test kinds on a cloud in memory."""

import pytest

from portal.jobs.dispatch import submit
from portal.jobs.runner import run_until_idle
from tests.portal.jobs import kinds
from tests.portal.jobs.cloud import FakeCloud


@pytest.fixture(autouse=True)
def _kinds(settings):
    settings.JOB_KINDS = kinds.TABLE
    kinds.FINISHED.clear()


@pytest.fixture
def order(db):
    """Return how to order a job."""

    def ordered(kind="walk", **changes):
        return submit(
            f"tests.{kind}",
            **{
                "environment": "dev",
                "actor": "user:dora",
                "spec": {"steps": ["a", "b"]},
                **changes,
            },
        )

    return ordered


@pytest.fixture
def cloud():
    """Return an empty cloud."""
    return FakeCloud()


@pytest.fixture
def run(cloud):
    """Return how to run whatever is due, waits included; it returns the job as it then is."""

    def ran(job, *, hurry=True):
        run_until_idle(make_client=lambda: cloud, hurry=hurry, timeout=5 if hurry else 0)
        job.refresh_from_db()
        return job

    return ran
