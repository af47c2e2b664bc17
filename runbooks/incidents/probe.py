"""Asks ConceptLens how it is, at the environment's own address and nowhere else."""

import time

from environments.models import Environment
from portal.lib.http import Client, NoReply, TimedOut
from releases.health import UNKNOWN, Health, judge

SECONDS = 3
MAX_BODY = 64 * 1024


def probe(environment: Environment) -> Health:
    """Return its health; when it does not answer in time that is unknown, not healthy."""
    if not environment.api_url:
        return Health(UNKNOWN, f"{environment.slug} has no address yet.")
    began = time.monotonic()
    try:
        client = Client(environment.api_url, max_body=MAX_BODY)
        reply = client.send("GET", "/health", headers={"Connection": "close"}, timeout=SECONDS)
    except TimedOut:
        message = (
            f"No answer within {SECONDS} s: it hangs, or a database accepts connections and does "
            "not answer."
        )
    except (NoReply, ValueError) as error:  # ValueError: an address that is none
        message = f"It cannot be asked: {error}."
    else:
        return judge(reply.status, reply.body, time.monotonic() - began)
    return Health(UNKNOWN, message, time.monotonic() - began)
