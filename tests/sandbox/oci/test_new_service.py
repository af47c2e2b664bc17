"""A service that is data alone works with the real SDK: nothing but a table is written for it."""

import threading
from functools import partial

import oci
import pytest

from sandbox.oci import gate
from sandbox.oci.engine import Engine
from sandbox.oci.server import Server
from sandbox.oci.service import STATELESS, Kind, Service
from sandbox.oci.services import identity

HEALTH_CHECKS = Service(
    name="healthchecks",
    clients=("HealthChecksClient",),
    kinds=(
        Kind(
            name="HttpMonitor",
            word="httpmonitor",
            life=STATELESS,
            unique=("displayName",),
            defaults={"isEnabled": True},
        ),
        Kind(name="PingMonitor", word="pingmonitor", life=STATELESS),
    ),
    rights={
        f"{verb}_http_monitor{more}": "ALL_RESOURCES_MANAGE@tenancy"
        for verb, more in (
            ("create", ""),
            ("get", ""),
            ("list", "s"),
            ("update", ""),
            ("delete", ""),
        )
    },
)


@pytest.fixture
def health_checks(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    engine = Engine(scale=0, services=(identity.SERVICE, HEALTH_CHECKS))
    server = Server("127.0.0.1", 0, partial(gate.answer, engine))
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    ).start()
    user = engine.seed.users[0]
    config = {
        "tenancy": engine.tenancy,
        "user": user["ocid"],
        "fingerprint": user["fingerprint"],
        "key_content": user["key"],
    }
    config["region"] = "us-ashburn-1"
    client = oci.healthchecks.HealthChecksClient(
        config, service_endpoint=f"http://127.0.0.1:{server.port}"
    )
    yield client, engine.tenancy
    client.base_client.session.close()
    server.shutdown()
    server.server_close()
    engine.close()


def test_it_creates_reads_lists_updates_and_deletes(health_checks, refusal):
    client, tenancy = health_checks
    details = {
        "compartmentId": tenancy,
        "targets": ["example.com"],
        "protocol": "HTTPS",
        "displayName": "home",
        "intervalInSeconds": 30,
    }
    made = client.create_http_monitor(details).data
    assert made.is_enabled and made.defined_tags["Oracle-Tags"]
    assert [item.id for item in client.list_http_monitors(tenancy, display_name="home").data] == [
        made.id
    ]
    assert refusal(client.create_http_monitor, details) == (409, "HttpMonitorAlreadyExists")
    assert refusal(client.create_http_monitor, {**details, "protocol": "GOPHER"}) == (
        400,
        "InvalidParameter",
    )
    assert (
        client.update_http_monitor(made.id, {"intervalInSeconds": 60}).data.interval_in_seconds
        == 60
    )
    client.delete_http_monitor(made.id)
    assert refusal(client.get_http_monitor, made.id)[0] == 404
