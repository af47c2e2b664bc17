"""Counts requests for /metrics, by the name of the page, so that the number of series stays
bounded.
"""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

_LABELS = ["method", "page", "status"]
REQUESTS = Counter("portal_requests", "Requests answered.", _LABELS)
SECONDS = Histogram(
    "portal_request_seconds", "Time to answer.", ["page"], buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10)
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class CountingMiddleware:
    """Counts each answer; the outermost of ours, so that it sees what the browser sees."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and count it."""
        begun = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        page = (match.view_name or match.route) if match else "none"
        REQUESTS.labels(
            request.method if request.method in _METHODS else "other", page, response.status_code
        ).inc()
        SECONDS.labels(page).observe(time.perf_counter() - begun)
        return response
