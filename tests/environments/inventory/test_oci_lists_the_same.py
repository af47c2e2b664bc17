"""The inventory page and the real `oci` command line list the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from environments.blueprint import whole
from environments.models import Environment
from environments.reconcile import planning
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.cloud import sdk_clients
from portal.jobs.runner import run_until_idle
from tests.environments.site import with_needs
from tests.portal.accounts.people import make_cast, sign_in

OCI = Path(sys.executable).with_name("oci")
KEYS = [
    "subnet.public",
    "subnet.private",
    "nsg.app",
    "bucket.uploads",
    "bucket.exports",
    "repository.api",
    "vault",
    "topic",
]
LISTS = {  # by kind: what a person types after `oci`, and what of the answer is the OCID
    "subnet": (["network", "subnet", "list", "--all"], "id"),
    "network security group": (["network", "nsg", "list", "--all"], "id"),
    "vault": (["kms", "management", "vault", "list", "--all"], "id"),
    "topic": (["ons", "topic", "list", "--all"], "topic-id"),
    "bucket": (["os", "bucket", "list", "--all"], "name"),
}


@pytest.fixture
def dev(db, simulator, settings, monkeypatch):
    settings.JOB_SETTLE_SECONDS = 0.1
    make_cast()
    sdk_clients.reset()
    blueprint = whole.blueprint
    monkeypatch.setattr(planning, "blueprint", lambda order: with_needs(blueprint(order), KEYS))
    environment = seed_environments()[0]
    job = apply(make_plan(environment, actor="user:dan"), actor="user:dan")
    for _ in range(2):
        run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded", (job.at_step, job.reason)
    return Environment.objects.get(pk=environment.pk)


@pytest.fixture
def oci_cli(simulator, simulator_process):
    state = Path(
        simulator_process.process.args[simulator_process.process.args.index("--state") + 1]
    )
    config = str(state.parent / "client" / "config")
    surroundings = {
        "OCI_CLI_ENDPOINT": simulator.endpoint,
        "OCI_CLI_CONFIG_FILE": config,
        "OCI_CLI_PROFILE": "operator",
    }
    environment = {**os.environ, **surroundings, "SUPPRESS_LABEL_WARNING": "True"}

    def run(*words):
        done = subprocess.run(
            [str(OCI), *words], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)["data"] if done.stdout.strip() else []
        return answer["items"] if isinstance(answer, dict) else answer

    return run


def test_the_command_line_lists_exactly_what_the_page_shows(dev, client, oci_cli, simulator):
    everything = sign_in(client, make_cast().readonly).get("/environments/dev/inventory/?page=1")
    shown = {
        (row.resource.kind, row.resource.ocid): row.resource.name
        for row in everything.context["rows"]
    }
    assert len(shown) == dev.resources.count()
    for kind, (words, name) in LISTS.items():
        listed = {item[name] for item in oci_cli(*words, "--compartment-id", dev.compartment_ocid)}
        ours = {
            called if name == "name" else ocid for (of, ocid), called in shown.items() if of == kind
        }
        assert listed == ours and ours, kind
