"""What is in hand right now: the id of the request, for log lines written far from it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
