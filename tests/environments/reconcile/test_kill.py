"""A worker that is killed in the middle of an apply: the next one goes on, and there is one
of each.
"""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connections

from environments import blueprint as blueprint_module
from environments.reconcile import apply, planning
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.audit.models import Event
from portal.cloud.client import client
from tests.environments.site import with_needs
from tests.patience import patient

pytestmark = pytest.mark.chaos
KEYS = ["bucket.uploads", "vault", "nsg.db"]
WORKER = f"""
import time
import django
django.setup()
from portal.jobs.models import Job
from portal.jobs.runner import Runner
runner = Runner()
runner.start()
until = time.monotonic() + {patient(60)}
while time.monotonic() < until and Job.objects.unfinished().exists():
    time.sleep(0.05)
runner.stop()
"""


@pytest.fixture
def dev(committed_db, simulator, monkeypatch):
    whole = blueprint_module.blueprint
    monkeypatch.setattr(planning, "blueprint", lambda order: with_needs(whole(order), KEYS))
    return seed_environments()[0]


def worker(simulator, fault=""):
    """Run a worker in a process of its own until no job is left, or until it is killed;
    return how it ended.
    """
    database = connections["default"].settings_dict["NAME"]
    name = {f"OCI_{name.upper()}": value for name, value in simulator.settings.items()}
    environment = {
        **os.environ,
        **name,
        "DATABASE_URL": f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{database}",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "JOB_SETTLE_SECONDS": "0.2",
        "PORTAL_FAULT": fault,
    }
    return subprocess.run(
        [sys.executable, "-c", WORKER], env=environment, timeout=patient(90)
    ).returncode


@pytest.mark.parametrize("point", [9, 30, 55, 80])
def test_a_killed_worker_leaves_nothing_twice_and_nothing_out(dev, simulator, point):
    job = apply.apply(make_plan(dev, actor="command:test"), actor="command:test")
    assert worker(simulator, f"kill@{point}") == -signal.SIGKILL
    died = time.monotonic()
    assert worker(simulator) == 0
    job.refresh_from_db()
    assert job.state == "succeeded", (job.at_step, job.reason)
    assert time.monotonic() - died < patient(30)
    assert make_plan(dev, actor="command:test").is_empty
    dev.refresh_from_db()
    for listing in ("list_vcns", "list_network_security_groups"):
        living = client().pages("virtual_network", listing, compartment_id=dev.compartment_ocid)
        assert len({one["displayName"] for one in living}) == len(living)
    calls = Event.objects.filter(job=str(job.pk), verb="oci.call")
    made = job.step_rows.filter(calls__outcome="done").count()
    assert calls.filter(outcome="admitted").count() >= calls.filter(outcome="done").count() == made
