"""A job on its way."""

import pytest

from portal.jobs.runner import run_until_idle
from tests.jobs.test_submit import _kinds, order  # noqa: F401

pytestmark = pytest.mark.django_db


def test_it_runs_its_steps_in_order_and_ends():
    job = order()
    run_until_idle()
    job.refresh_from_db()
    assert job.state == "succeeded"
    assert job.as_dict()["percent"] == 100
