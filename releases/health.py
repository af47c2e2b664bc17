"""Whether ConceptLens is healthy, by the body of `/health`: its status is 200 without a
database too; pure.
"""

import json
from dataclasses import dataclass

HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN = "healthy", "degraded", "unhealthy", "unknown"


@dataclass(frozen=True)
class Health:
    """The verdict on one answer; `message` completes "/health …" unless the state is unknown."""

    state: str
    message: str
    seconds: float = 0.0

    @property
    def tone(self) -> str:
        """Return the tone of the state's badge."""
        return {HEALTHY: "ok", UNKNOWN: "idle"}.get(self.state, "bad")


def judge(status: int, body: bytes, seconds: float = 0.0) -> Health:
    """Judge one answer of `/health`."""
    if status != 200:
        return Health(UNHEALTHY, f"answers {status}", seconds)
    try:
        answer = json.loads(body)
        health, database = str(answer["status"])[:40], str(answer["database"])[:40]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Health(UNHEALTHY, "answers 200 with a body that is not its own", seconds)
    healthy = (health, database) == ("healthy", "connected")
    return Health(HEALTHY if healthy else DEGRADED, f"says {health}, database {database}", seconds)
