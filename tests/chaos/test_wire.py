"""A worker on a network of its own whose packets to the database get lost: no side is told, and
the database's name leads to another address.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connections

from portal.jobs.dispatch import submit
from portal.jobs.models import Worker
from tests.patience import until
from tests.portal.jobs import kinds
from tests.portal.jobs.wire import Wire

SPACE = "portalwire"
HOSTS = Path("/etc/netns") / SPACE / "hosts"
ADDRESSES = ("10.231.9.1", "10.231.9.3")
INSIDE = "10.231.9.2"
STARTS_WITHIN = 5.0
NEEDS = "takes root and ip(8), to make a network whose packets can be lost"

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip"), reason=NEEDS),
]


def ip(words, *, check=True):
    subprocess.run(["ip", *words.split()], check=check, stderr=subprocess.DEVNULL)


@pytest.fixture
def network():
    """Make a network space that reaches this machine under either address."""
    ip(f"netns add {SPACE}")
    try:
        ip(f"link add {SPACE} type veth peer name inside")
        ip(f"link set inside netns {SPACE}")
        for address in ADDRESSES:
            ip(f"addr add {address}/24 dev {SPACE}")
        ip(f"link set {SPACE} up")
        ip(f"netns exec {SPACE} ip addr add {INSIDE}/24 dev inside")
        ip(f"netns exec {SPACE} ip link set inside up")
        HOSTS.parent.mkdir(parents=True, exist_ok=True)
        HOSTS.write_text(f"{ADDRESSES[0]} database\n")
        yield
    finally:
        ip(f"link del {SPACE}", check=False)
        ip(f"netns del {SPACE}", check=False)
        shutil.rmtree(HOSTS.parent, ignore_errors=True)


@pytest.fixture
def worker(network, committed_db, settings):
    """Start a worker in that network; it knows the database by name."""
    settings.JOB_KINDS = kinds.TABLE
    where = connections["default"].settings_dict
    wire = Wire(Path(where["HOST"]) / ".s.PGSQL.5432", listen="0.0.0.0")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"postgresql://portal_app@database:{wire.port}/{where['NAME']}",
        "DATABASE_POOL": "26",
        "JOB_SWEEP_SECONDS": "1",
        "JOB_LEASE_SECONDS": "10",
        "LOG_LEVEL": "CRITICAL",
    }
    command = [sys.executable, "-m", "tests.portal.jobs.outage_worker"]
    process = subprocess.Popen(
        ["ip", "netns", "exec", SPACE, *command], env=environment, stdout=subprocess.DEVNULL
    )
    until(Worker.objects.exists)
    yield process
    process.kill()
    process.wait()
    wire.close()


def fail_over(old, new):
    """Let the name lead to the new address, and the packets to the old one get lost."""
    HOSTS.write_text(f"{new} database\n")
    ip(f"addr del {old}/24 dev {SPACE}")
    ip(f"addr add {new}/24 dev {SPACE}", check=False)  # it may have gone with the first one


def test_a_worker_finds_the_database_at_its_new_address_within_seconds(worker):
    old, new = ADDRESSES
    for number in range(3):
        time.sleep(2)  # connections are idle, and in use
        fail_over(old, new)
        job = submit("tests.walk", environment=f"e{number}", actor="user:o", spec={"steps": ["a"]})
        began = time.monotonic()
        until(lambda job=job: job.started_at, STARTS_WITHIN, meanwhile=job.refresh_from_db)
        print(f"started {time.monotonic() - began:.1f} s after the failover")
        ip(f"addr add {old}/24 dev {SPACE}")
        old, new = new, old
    assert worker.poll() is None  # the same process
