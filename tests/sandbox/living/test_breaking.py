"""The product is broken on purpose, and healed."""

import subprocess
import sys

from tests.patience import patient, until
from tests.ports import free_port
from tests.sandbox.living.conftest import get


def misbehave(site, *words):
    command = [
        sys.executable,
        "-m",
        "sandbox.oci.misbehave",
        "--control",
        site.simulator.control_url,
        *words,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=patient(20), check=False)


def test_what_has_the_traffic_breaks_and_what_stands_by_does_not(site):
    port = free_port()
    balancer = site.balancer(port)
    blue, green = site.running(site.image("1.0.0")), site.running(site.image("1.1.0"))
    old, new = (site.add_backend(balancer, site.address(found)) for found in (blue, green))
    site.drain(balancer, old)
    done = misbehave(site, "conceptlens-dev")
    assert (done.returncode, done.stdout.split(" (")[0]) == (
        0,
        "errors: api:1.1.0 in conceptlens-dev",
    )
    assert get(port, "/api/v1/courses")[0] == 500
    assert get(port, "/health")[0] == 200
    site.drain(balancer, old, drain=False)
    site.drain(balancer, new)
    assert get(port, "/api/v1/courses")[0] == 200
    assert misbehave(site, "conceptlens-dev", "--mode", "healthy").stdout.count("healthy:") == 2


def test_a_crash_on_purpose_is_restarted(site):
    found = site.running(site.image())
    misbehave(site, "conceptlens-dev", "--mode", "crash")
    until(lambda: site.container(found).container_restart_attempt_count >= 1 or knock(site))
    misbehave(site, "conceptlens-dev", "--mode", "healthy")


def knock(site):
    """A process told to crash does so at the next request."""
    for row in site.simulator.control("GET", "/containers"):
        try:
            get(row["port"], "/")
        except OSError:
            continue


def test_nothing_to_break_is_said(site):
    done = misbehave(site, "conceptlens-dev")
    assert done.returncode == 1
    assert "deploy a release first" in done.stderr


def test_an_image_breaks_by_its_tag(site):
    port = free_port()
    balancer = site.balancer(port)
    site.add_backend(balancer, site.address(site.running(site.image("1.5.0-errors"))))
    assert (get(port, "/health")[0], get(port, "/api/v1/courses")[0]) == (200, 500)


def test_visitors_come_to_a_port_that_opens_later(site):
    port = free_port()
    words = ["-m", "sandbox.conceptlens.visitors", "--rate", "20", f"http://127.0.0.1:{port}"]
    visitors = subprocess.Popen([sys.executable, *words])
    try:
        balancer, found = site.balancer(port), site.running(site.image())
        site.add_backend(balancer, site.address(found))
        until(
            lambda: (
                b'"GET /openapi.json'
                in site.compute.retrieve_logs(found.containers[0].container_id).data.content
            )
        )
    finally:
        visitors.terminate()
        visitors.wait(patient(10))
