"""Asks the application through the load balancer repeatedly, and judges `/health` by its body.

The load balancer and the container's own check see the status alone, and ConceptLens answers 200
with `degraded` in the body when its database is down. Nobody
outside the network reaches one instance alone, so the new instances are judged by what all of them
answer together, asked so often that each new one was certainly among them.
"""

import math
from collections.abc import Sequence

from portal.lib.http import Client, NoReply, Reply
from releases import health

MISSED = 0.01  # chance that a new instance was never asked
MOST_QUESTIONS = 300
TIMEOUT_SECONDS = 5.0
# without credentials: anything but a server error shows that the application's routes work
PROBE = "/api/v1/courses"


def questions_needed(weights: Sequence[int], new: Sequence[int]) -> int:
    """Return how often to ask until each new backend answered at least once, but for the chance
    MISSED.

    `weights` are those of all backends that take traffic, `new` those of the new ones among them.
    """
    share = min(new) / sum(weights)
    if share >= 1:
        return 1
    return min(MOST_QUESTIONS, math.ceil(math.log(MISSED) / math.log(1 - share)))


class Watch:
    """Checks one address: its health by body, then a request to the application's routes."""

    def __init__(self, url: str, health_path: str) -> None:
        self._client, self._health = Client(url), health_path

    def check(self) -> str:
        """Return what is wrong; empty when it is healthy."""
        try:
            reply = self._ask(self._health)
            found = health.judge(reply.status, reply.body)
            if found.state != health.HEALTHY:
                return f"{self._health} {found.message}"
            status = self._ask(PROBE).status
        except NoReply as error:
            return str(error)
        return f"{PROBE} answers {status}" if status >= 500 else ""

    def _ask(self, path: str) -> Reply:
        return self._client.send(
            "GET",
            path,
            headers={"X-Request-ID": "portal-watch"},
            body=None,
            timeout=TIMEOUT_SECONDS,
        )
