"""Environments as seeded, and an OCI that is empty or exactly as wanted, without asking any."""

import pytest

from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from tests import ports
from tests.environments.build import built


@pytest.fixture
def environments(db):
    return {environment.slug: environment for environment in seed_environments()}


@pytest.fixture
def dev(environments):
    return environments["dev"]


@pytest.fixture
def prod(environments):
    return environments["prod"]


@pytest.fixture
def empty_oci(monkeypatch):
    """OCI shows nothing at all."""
    monkeypatch.setattr(
        "environments.reconcile.planning.require_subscribed", lambda environment, cloud: None
    )
    monkeypatch.setattr("environments.reconcile.planning.observe", lambda client, wanted, ocids: {})


@pytest.fixture
def finished_oci(monkeypatch):
    """OCI shows everything as it is wanted."""
    monkeypatch.setattr(
        "environments.reconcile.planning.require_subscribed", lambda environment, cloud: None
    )
    monkeypatch.setattr(
        "environments.reconcile.planning.observe", lambda client, wanted, ocids: built(wanted)[0]
    )


@pytest.fixture
def plan(dev, empty_oci):
    """A plan of dev that creates everything."""
    return make_plan(dev, actor="user:dan")


@pytest.fixture
def prod_plan(prod, empty_oci):
    """A plan of prod that creates everything."""
    return make_plan(prod, actor="user:dan")


@pytest.fixture
def free_port():
    return ports.free_port()
