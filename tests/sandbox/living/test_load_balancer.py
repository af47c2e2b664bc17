"""A load balancer forwards, drains, checks, refuses a second change, opens real ports."""

import socket
import threading
import time

import oci
import pytest

from tests.patience import until
from tests.ports import free_port
from tests.sandbox.living.conftest import get

MODELS = oci.load_balancer.models


@pytest.fixture
def port():
    return free_port()


def test_it_forwards_to_a_container(site, port):
    balancer = site.balancer(port)
    assert get(port, "/health")[0] == 502
    found = site.running(site.image())
    site.add_backend(balancer, site.address(found))
    status, body = get(port, "/health")
    assert (status, b"healthy" in body) == (200, True)
    assert site.balancing.get_load_balancer(balancer).data.ip_addresses[0].ip_address == "127.0.0.1"


class Visitors:
    """Threads that ask again and again, each answer counted."""

    def __init__(self, port, threads=4):
        self.port, self.answers, self.stopping = port, [], threading.Event()
        self.threads = [threading.Thread(target=self._visit) for _ in range(threads)]

    def _visit(self):
        while not self.stopping.is_set():
            try:
                self.answers.append(get(self.port, "/api/v1/courses")[0])
            except OSError as error:
                self.answers.append(repr(error))
            time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        until(lambda: len(self.answers) > 10)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def test_a_swap_of_backends_under_traffic_loses_nothing(site, port):
    balancer, blue = site.balancer(port), site.running(site.image("1.0.0"))
    old = site.add_backend(balancer, site.address(blue))
    with Visitors(port) as visitors:
        green = site.running(site.image("1.1.0"))
        new = site.add_backend(balancer, site.address(green))
        site.drain(balancer, old)
        site.compute.stop_container_instance(blue.id)
        site.settled(blue.id, "INACTIVE")
        site.compute.start_container_instance(blue.id)
        site.settled(blue.id)
        site.changed(site.balancing.delete_backend(balancer, "api", old))
        site.add_backend(balancer, site.address(blue))  # it came back at another address
        site.drain(balancer, new)
        site.changed(site.balancing.delete_backend(balancer, "api", new))
    assert set(visitors.answers) == {200}
    assert len(visitors.answers) > 50


def test_a_drained_backend_gets_no_new_requests(site, port):
    balancer = site.balancer(port)
    first, second = (site.running(site.image(tag)) for tag in ("1.0.0", "1.1.0"))
    names = [site.add_backend(balancer, site.address(found)) for found in (first, second)]
    site.drain(balancer, names[0])
    before = requests_seen(site, first)
    for _ in range(6):
        assert get(port, "/api/v1/courses")[0] == 200
    assert requests_seen(site, first) == before
    assert requests_seen(site, second) >= 6
    site.drain(balancer, names[1])
    assert get(port, "/api/v1/courses")[0] == 502


def test_health_follows_the_backend(site, port):
    balancer, found = site.balancer(port), site.running(site.image())
    name = site.add_backend(balancer, site.address(found))
    assert site.balancing.get_backend_set_health(balancer, "api").data.status == "OK"
    site.compute.stop_container_instance(found.id)
    until(lambda: site.health(balancer, name) == "CRITICAL")
    health = site.balancing.get_backend_set_health(balancer, "api").data
    assert (health.status, health.critical_state_backend_names) == ("CRITICAL", [name])
    assert site.balancing.get_load_balancer_health(balancer).data.status == "CRITICAL"
    results = site.balancing.get_backend_health(balancer, "api", name).data.health_check_results
    assert [result.health_check_status for result in results] == ["CONNECT_FAILED"] * 2
    assert get(port, "/health")[0] == 502


def test_a_second_change_at_once_is_refused(site, port):
    balancer = site.balancer(port)
    site.simulator.control("POST", "/clock", {"scale": 1.0})
    details = MODELS.CreateBackendDetails(ip_address="10.20.2.9", port=8000)
    first = site.balancing.create_backend(details, balancer, "api")
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        site.balancing.create_backend(
            MODELS.CreateBackendDetails(ip_address="10.20.2.8", port=8000), balancer, "api"
        )
    assert refused.value.status == 409
    site.changed(first)
    assert [backend.name for backend in site.balancing.list_backends(balancer, "api").data] == [
        "10.20.2.9:8000"
    ]


def test_a_busy_port_fails_the_work_request_and_changes_nothing(site, port):
    balancer = site.balancer(port)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        details = MODELS.CreateListenerDetails(
            name="second",
            default_backend_set_name="api",
            port=taken.getsockname()[1],
            protocol="HTTP",
        )
        request = site.changed(site.balancing.create_listener(details, balancer), "FAILED")
    assert "cannot be opened" in request.error_details[0].message
    assert list(site.balancing.get_load_balancer(balancer).data.listeners) == ["api"]
    assert get(port, "/health")[0] == 502


def test_a_load_balancer_whose_port_is_busy_fails_with_words(site):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AssertionError):
        site.balancer(taken.getsockname()[1])
    (failed,) = site.balancing.list_load_balancers(site.compartment).data
    assert failed.lifecycle_state == "FAILED"
    (request,) = site.balancing.list_work_requests(failed.id).data
    assert "cannot be opened" in request.error_details[0].message


def test_a_listener_moves_to_another_port(site, port):
    balancer, other = site.balancer(port), free_port()
    details = MODELS.UpdateListenerDetails(
        default_backend_set_name="api", port=other, protocol="HTTP"
    )
    site.changed(site.balancing.update_listener(details, balancer, "api"))
    assert get(other, "/health")[0] == 502
    until(lambda: closed(port))


def test_delete_closes_the_port(site, port):
    balancer = site.balancer(port)
    site.changed(site.balancing.delete_load_balancer(balancer))
    until(lambda: closed(port))


def test_parts_are_refused_by_their_rules(site, port):
    balancer, calls = site.balancer(port), site.balancing
    checker = MODELS.HealthCheckerDetails(protocol="HTTP", url_path="/health")
    same = MODELS.CreateBackendSetDetails(name="api", policy="ROUND_ROBIN", health_checker=checker)
    assert code_of(lambda: calls.create_backend_set(same, balancer)) == "BackendSetAlreadyExists"
    assert code_of(lambda: calls.delete_backend_set(balancer, "api")) == "InvalidParameter"
    assert code_of(lambda: calls.get_backend_set(balancer, "nobody")) == "NotAuthorizedOrNotFound"
    nowhere = MODELS.CreateListenerDetails(
        name="b", default_backend_set_name="nobody", port=port + 1, protocol="HTTP"
    )
    assert code_of(lambda: calls.create_listener(nowhere, balancer)) == "InvalidParameter"
    backend = MODELS.CreateBackendDetails(ip_address="10.20.2.9", port=8000)
    calls.create_backend(backend, balancer, "api")
    assert code_of(lambda: calls.create_backend(backend, balancer, "api")) == "BackendAlreadyExists"


def test_a_repeated_call_with_the_same_token_changes_once(site, port):
    balancer = site.balancer(port)
    details = MODELS.CreateBackendDetails(ip_address="10.20.2.9", port=8000)
    calls = [
        site.balancing.create_backend(details, balancer, "api", opc_retry_token="same")
        for _ in range(2)
    ]
    assert calls[0].headers["opc-work-request-id"] == calls[1].headers["opc-work-request-id"]


def requests_seen(site, instance):
    log = site.compute.retrieve_logs(instance.containers[0].container_id).data.content
    return log.count(b"GET /api/v1/courses")


def closed(port):
    try:
        get(port, "/health")
    except ConnectionRefusedError:
        return True
    except ConnectionError:
        return False
    return False


def code_of(act):
    with pytest.raises(oci.exceptions.ServiceError) as refused:
        act()
    return refused.value.code
