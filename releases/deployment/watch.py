"""Asks the application through the load balancer, again and again, and judges `/health` by its body.

The load balancer and the container's own check see the status alone, and ConceptLens answers 200 with `degraded` in the body
when its database is down (facts/conceptlens.md section 4). Nobody outside the network reaches one instance alone, so the new
instances are judged by what all of them answer together, asked so often that each new one was certainly among them.
"""

import math
from collections.abc import Sequence

from releases.smoke.client import Client, NoReply, Reply

MISSED = 0.01  # chance that a new instance was never asked
MOST_ROUNDS = 300
TIMEOUT_SECONDS = 5.0
PROBE = "/api/v1/courses"  # without credentials: anything but a server error shows that the application's routes work


def rounds(weights: Sequence[int], new: Sequence[int]) -> int:
    """Return how often to ask until each new backend answered at least once, but for the chance MISSED.

    `weights` are those of all backends that take traffic, `new` those of the new ones among them.
    """
    share = min(new) / sum(weights)
    if share >= 1:
        return 1
    return min(MOST_ROUNDS, math.ceil(math.log(MISSED) / math.log(1 - share)))


class Watch:
    """Looks at one address; each look is a health check by body, with a request to the application's routes."""

    def __init__(self, url: str, health_path: str) -> None:
        self._client, self._health = Client(url), health_path

    def look(self) -> str:
        """Return what is wrong, in words; nothing when all is well."""
        try:
            wrong = _sick(self._ask(self._health))
            if wrong:
                return f"{self._health} {wrong}"
            status = self._ask(PROBE).status
        except NoReply as error:
            return str(error)
        return f"{PROBE} answers {status}" if status >= 500 else ""

    def _ask(self, path: str) -> Reply:
        return self._client.send("GET", path, headers={"X-Request-ID": "portal-watch"}, body=None, timeout=TIMEOUT_SECONDS)


def _sick(reply: Reply) -> str:
    """Return what a health answer complains of: its status, or what its body says."""
    if reply.status != 200:
        return f"answers {reply.status}"
    body = reply.data if isinstance(reply.data, dict) else {}
    said = {name: body.get(name) for name in ("status", "database")}
    if said == {"status": "healthy", "database": "connected"}:
        return ""
    return "says " + ", ".join(f"{name} {value or 'nothing'}" for name, value in said.items())
