"""What a probe may ask: is the process alive, is the portal ready, and its numbers."""

import hmac
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from portal.accounts.roles import has_role
from portal.dashboard.gauges import registry, unsealed
from portal.jobs.health import health


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Name each part as ok or not; 503 when pages cannot be served, which takes the database alone.

    Without broker or runner the portal still shows everything and jobs still start within a sweep,
    so they do not take a web process out of rotation; monitoring reads their words.
    """
    parts = {
        name: "ok" if _holds(name, int(time.monotonic() // 5)) else "not ok" for name in _PARTS
    }
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


class ProbeMiddleware:
    """Answers probes before anything judges the request: an orchestrator asks by the container's
    address, without TLS, and its host name is in no ALLOWED_HOSTS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a probe; hand everything else on."""
        probe = _PROBES.get(request.path)
        return probe(request) if probe else self.get_response(request)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the numbers to Prometheus, by METRICS_TOKEN, and to everybody with a role;
    strangers learn nothing.
    """
    if not (_scraper(request) or has_role(request.user)):
        return HttpResponse(
            "Send METRICS_TOKEN as a bearer token, or sign in.\n",
            status=401,
            content_type="text/plain",
        )
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)


def _scraper(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(
        given.encode(), settings.METRICS_TOKEN.encode()
    )


@lru_cache(maxsize=16)
def _holds(name: str, window: int) -> bool:
    """Look at a part at most once in five seconds: strangers may ask as often as they like."""
    try:
        return _PARTS[name]()
    except Exception:  # whatever a part throws, the answer is that it does not hold
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _broker() -> bool:
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1
    )
    try:
        return bool(client.ping())
    finally:
        client.close()


def _workers() -> bool:
    return bool(health()["workers"])


def _jobs() -> bool:
    return not health()["stuck"]


def _audit() -> bool:
    return not unsealed(older_than=timedelta(seconds=60))


_PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
}
_PARTS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "broker": _broker,
    "workers": _workers,  # somebody sweeps: jobs start even when the broker is silent
    "jobs": _jobs,  # none is stuck
    "audit": _audit,  # rows are sealed within a minute
}
