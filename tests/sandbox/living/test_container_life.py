"""Container instances take their time, and come back at another address."""

from __future__ import annotations

import time

import oci
import pytest

from tests.patience import patient, until
from tests.ports import free_port
from tests.sandbox.living.conftest import Site, get

MODELS = oci.container_instances.models


def restarted(site: Site, instance: str) -> str:
    """Stop and start an instance; return its address."""
    site.compute.stop_container_instance(instance)
    site.settled(instance, "INACTIVE")
    site.compute.start_container_instance(instance)
    return site.address(site.settled(instance))


def test_an_instance_that_was_stopped_comes_back_at_another_address(site: Site) -> None:
    found = site.running(site.image())
    assert site.address(found) == "10.20.2.2"
    assert restarted(site, found.id) == "10.20.2.3"
    assert restarted(site, found.id) == "10.20.2.2"


def test_a_restart_keeps_the_address(site: Site) -> None:
    found = site.running(site.image())
    site.compute.restart_container_instance(found.id)
    assert site.address(site.settled(found.id)) == site.address(found)


def test_an_address_that_was_asked_for_stays(site: Site) -> None:
    card = MODELS.CreateContainerVnicDetails(subnet_id=site.subnet, private_ip="10.20.2.77")
    found = site.running(site.image(), vnics=[card])
    assert restarted(site, found.id) == "10.20.2.77"


def test_the_backend_of_an_instance_that_moved_points_at_nothing(site: Site) -> None:
    port = free_port()
    balancer = site.balancer(port)
    found = site.running(site.image())
    backend = site.add_backend(balancer, site.address(found))
    address = restarted(site, found.id)
    until(lambda: site.health(balancer, backend) == "CRITICAL")
    assert get(port, "/health")[0] == 502
    site.add_backend(balancer, address)
    assert get(port, "/health")[0] == 200


@pytest.mark.parametrize("tag", ["1.4.0", "9.9.9"])
def test_pulling_and_starting_take_simulated_time(site: Site, tag: str) -> None:
    image = site.image().replace("1.4.0", tag)
    site.simulator.control("POST", "/clock", {"scale": 0.02})
    began = time.monotonic()
    found = site.settled(site.instance(image).id, "ACTIVE", "FAILED")
    took = time.monotonic() - began
    if tag == "1.4.0":  # 10 s for the image, 10 to 50 for the start
        assert found.lifecycle_state == "ACTIVE"
        assert 0.4 <= took <= patient(3)
    else:
        assert found.lifecycle_state == "FAILED"
        assert took >= 0.2
