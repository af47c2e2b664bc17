"""Time as a value: what asks for the time takes it as a parameter, and this is the default."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)
