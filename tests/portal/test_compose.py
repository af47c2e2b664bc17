"""compose.yaml: hardened, pinned, and of the same names and commands as the rest of the product."""

import re
import socket
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from portal.jobs.models import Worker
from portal.new_keys import MAKERS

FILE = Path("compose.yaml")


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(FILE.read_text())["services"]


@pytest.mark.parametrize("name", ["web", "worker", "migrate", "valkey"])
def test_what_runs_the_portal_has_no_rights_and_cannot_write(services, name):
    one = services[name]
    assert one["read_only"] and one["cap_drop"] == ["ALL"] and int(one["user"]) > 0
    assert one["security_opt"] == ["no-new-privileges:true"]


def test_every_image_is_pinned_to_a_version(services):
    foreign = [one["image"] for one in services.values() if "build" not in one]
    assert foreign and all(re.search(r":\d+[.\d]*", image) for image in foreign)


def test_nothing_is_reachable_from_outside_without_a_proxy(services):
    published = [port for one in services.values() for port in one.get("ports", ())]
    assert published == ["127.0.0.1:${PORTAL_PORT:-8000}:8000"]


def test_the_passwords_are_those_that_new_keys_makes_and_are_demanded():
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", FILE.read_text()))
    assert asked and asked <= MAKERS.keys()


def test_only_the_migration_knows_the_owner_of_the_schema(services):
    know = {
        name for name, one in services.items() if "DATABASE_OWNER_URL" in one.get("environment", {})
    }
    assert know == {"migrate"}
    for name in ("web", "worker"):  # the env file holds it for the database
        assert services[name]["environment"]["DATABASE_OWNER_PASSWORD"] == ""


def test_web_and_worker_wait_for_the_schema(services):
    for name in ("web", "worker"):
        waits = services[name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}


def test_the_worker_is_healthy_while_its_heartbeat_is_fresh(db, services):
    assert services["worker"]["healthcheck"]["test"][-1] == "worker_alive"
    with pytest.raises(CommandError, match="has ever reported"):
        call_command("worker_alive")
    name = f"celery@{socket.gethostname()}"
    Worker.heartbeat(name, slots=4, busy=0, rung=False, kinds={})
    out = StringIO()
    call_command("worker_alive", stdout=out)
    assert "lives" in out.getvalue()
    Worker.objects.update(swept_at="2026-01-01T00:00:00Z")
    with pytest.raises(CommandError, match="last seen"):
        call_command("worker_alive")
