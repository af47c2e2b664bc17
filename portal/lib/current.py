"""The id of the present request, for log lines written far from it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
