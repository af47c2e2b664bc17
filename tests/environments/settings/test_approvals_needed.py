"""How many people must agree to a release is a setting, stricter the nearer to production."""

import pytest

from environments.models import Environment
from environments.seed import seed_environments

pytestmark = pytest.mark.django_db


def needed():
    return [environment.setting("approvals_needed") for environment in Environment.objects.all()]


def test_dev_needs_none_stage_one_prod_two():
    seed_environments()
    assert needed() == [0, 1, 2]


def test_the_sandbox_asks_for_one_in_dev_and_a_second_seed_changes_nothing():
    seed_environments(approvals={"dev": 1})
    seed_environments(approvals={"dev": 3})
    assert needed() == [1, 1, 2]
