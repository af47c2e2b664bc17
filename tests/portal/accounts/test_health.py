"""What probes see: words without detail for strangers, numbers for those who may have them."""

import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client

from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.dashboard import health
from tests.patience import patient
from tests.portal.accounts.matrix import EVERYBODY, check_doors
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_memory():
    health._holds.cache_clear()


def test_healthz_asks_nothing_but_the_process(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_readyz_names_the_parts_and_no_more(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "database": "ok",
        "broker": "not ok",
        "workers": "not ok",
        "jobs": "ok",
        "audit": "ok",
    }


def test_readyz_is_503_without_a_database(client, monkeypatch):
    monkeypatch.setitem(health._PARTS, "database", lambda: 1 / 0)
    assert client.get("/readyz").status_code == 503


def test_strangers_cannot_make_the_probe_work_hard(client, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(0):
        client.get("/readyz")


def test_metrics_are_for_people_with_a_role(cast):
    check_doors(cast, "get", "/metrics", EVERYBODY)


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer wrong", "Basic x"])
def test_metrics_are_not_for_strangers(client, settings, sent):
    settings.METRICS_TOKEN = "scrape-me-scrape-me"
    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 401


def test_metrics_without_a_token_set_take_no_empty_one(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_prometheus_gets_the_numbers(client, settings, cast):
    settings.METRICS_TOKEN = "scrape-me-scrape-me"
    sign_in(client, cast.admin).get("/admin/")
    client.logout()
    audit(Verb.LOGIN, actor="user:ada")
    text = client.get(
        "/metrics", headers={"Authorization": "Bearer scrape-me-scrape-me"}
    ).content.decode()
    for line in (
        'portal_jobs{state="queued"} 0.0',
        "portal_job_oldest_queued_seconds 0.0",
        "portal_audit_checkpoint_age_seconds -1.0",
        'portal_requests_total{method="GET",page="admin:index",status="200"}',
    ):
        assert line in text
    assert "ada" not in text, "no names"


@pytest.mark.parametrize("host", ["10.1.2.3:8000", "127.0.0.1:8000", "evil.test", "x_y"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_by_address_is_answered_whatever_hosts_are_allowed(db, settings, host, path):
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["portal.example.com"], True
    answer = Client().get(path, headers={"Host": host})
    assert answer.status_code == 200
    assert Client().post(path, headers={"Host": host}).status_code == 405
    assert Client().get("/", headers={"Host": host}).status_code == 400


def test_the_images_own_health_check_passes_on_a_server(settings):
    settings.ALLOWED_HOSTS = ["portal.example.com"]
    program = re.search(
        r"HEALTHCHECK .*?CMD (\[.*?\])\n", Path("Dockerfile").read_text(), re.DOTALL
    )
    assert program
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Silent)
    thread = threading.Thread(target=server.handle_request, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    words = [one.replace("http://127.0.0.1:8000", address) for one in json.loads(program[1])]
    try:
        assert subprocess.run([sys.executable, *words[1:]], timeout=patient(20)).returncode == 0
    finally:
        server.server_close()


class _Silent(WSGIRequestHandler):
    def log_message(self, *args):
        pass
