"""The simulator's own tests call it as an administrator."""

from typing import Any

import pytest

from tests.simulator import Simulator


@pytest.fixture
def simulator(simulator_process: Simulator, settings: Any) -> Simulator:
    """An empty tenancy with no delays, whose administrator settings.OCI names."""
    simulator_process.reset(statements=None)
    settings.OCI = simulator_process.settings
    return simulator_process
