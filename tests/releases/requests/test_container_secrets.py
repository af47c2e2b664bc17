"""Containers are given the secrets that their policy lets them read, in an environment that a real
apply built.
"""

import re

import pytest

from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.cloud import sdk_clients
from portal.cloud.client import client
from portal.jobs.runner import run_until_idle
from releases.deployment import instance
from releases.requests import planning
from tests.portal.accounts.people import make_cast
from tests.ports import free_port
from tests.releases.builders import image


@pytest.fixture
def dev(db, simulator, settings):
    settings.JOB_SETTLE_SECONDS = 0.1
    make_cast()
    sdk_clients.reset()
    environment = seed_environments({"dev": free_port()})[0]
    job = apply(make_plan(environment, actor="user:dan"), actor="user:dan")
    run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded", (job.at_step, job.reason)
    environment.refresh_from_db()
    return environment


def readable(environment, role):
    """Return the secrets that the policy in OCI lets a role's containers read, by OCID."""
    found = client().read("identity", "get_policy", environment.ocid("policy.workloads")).data
    group = f"dynamic-group {environment.prefix}-{environment.slug}-{role} "
    lines = [one for one in found["statements"] if group in one and "secret-bundles" in one]
    return set(re.findall(r"ocid1\.vaultsecret[\w.-]+", " ".join(lines)))


def test_a_container_is_given_no_secret_that_its_policy_forbids(dev):
    images = {role: image(dev, role, "1.4.0") for role in ("api", "worker")}
    plan = planning.make(dev, version="1.4.0", git_sha="abcdef1", images=images)
    variables = instance.environment_variables(plan)
    given = {value for name, value in variables.items() if name.endswith("_SECRET_OCID")}
    assert len(given) == 4
    for role in ("api", "worker"):
        assert given <= readable(dev, role)
    assert dev.secrets.filter(name="DATABASE_PASSWORD").exists()
    assert "DATABASE_PASSWORD_SECRET_OCID" not in variables
