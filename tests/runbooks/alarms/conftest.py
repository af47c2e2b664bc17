"""Monitoring that says what it is told to."""

import pytest

from runbooks import jobs
from tests.runbooks.alarms.stand_in import Monitoring


@pytest.fixture
def monitoring(monkeypatch):
    made = Monitoring()
    monkeypatch.setattr(jobs, "client", lambda region: made)
    return made
