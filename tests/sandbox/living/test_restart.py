"""A simulator that was killed serves again what it served."""

import os

import oci
import pytest

from tests.patience import until
from tests.ports import free_port
from tests.sandbox.living.conftest import Clients, Site, get
from tests.simulator import Simulator


@pytest.fixture
def state(tmp_path):
    return tmp_path / "oci.sqlite"


def test_containers_and_listeners_come_back_with_their_data(state):
    first = Simulator(state)
    site, port = Site(first, Clients(first)), free_port()
    found = site.running(site.image())
    site.add_backend(site.balancer(port), site.address(found))
    (running,) = until(lambda: first.control("GET", "/containers"))
    first.kill()
    until(lambda: not os.path.exists(f"/proc/{running['pid']}"))
    second = Simulator(state)
    try:
        until(lambda: answers(port) == 200)
        (again,) = until(lambda: second.control("GET", "/containers"))
        assert (again["container"], again["pid"] == running["pid"]) == (running["container"], False)
        compute = Clients(second).get(oci.container_instances.ContainerInstanceClient)
        assert compute.get_container(running["container"]).data.lifecycle_state == "ACTIVE"
    finally:
        second.close()


def test_what_belongs_to_nobody_is_cleared_away(state):
    first = Simulator(state)
    site = Site(first, Clients(first))
    site.running(site.image())
    folder = state.with_suffix(".containers")
    assert list(folder.iterdir())
    first.reset()
    until(lambda: not list(folder.iterdir()))
    assert first.control("GET", "/containers") == []
    first.close()


def answers(port):
    try:
        return get(port, "/health")[0]
    except ConnectionError:
        return 0
