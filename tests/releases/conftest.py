"""What tests of releases share."""

import json

import pytest

from portal.audit.models import Event
from tests.releases.builders import provisioned


@pytest.fixture
def stage(cast):
    """Return an environment where one approval is needed."""
    return provisioned("stage")


@pytest.fixture
def prod(cast):
    """Return an environment where two approvals are needed."""
    return provisioned("prod")


@pytest.fixture
def dev(cast):
    """Return an environment where no approval is needed."""
    return provisioned("dev")


@pytest.fixture
def audited():
    """Return what the audit trail has of a verb: a list of (actor, outcome, detail)."""

    def audited(verb):
        rows = Event.objects.filter(verb=verb).order_by("id")
        return [(row.actor, row.outcome, json.loads(row.body).get("detail", {})) for row in rows]

    return audited
