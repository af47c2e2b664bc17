"""Keeps strangers from filling the audit trail: a number of rows per door, address and minute, then
only the log.
"""

import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

PER_MINUTE = 60
WINDOW_SECONDS = 60


def address_of(request: HttpRequest) -> str:
    """Return the client's address, as far as proxies are trusted to name it."""
    return str(get_adapter().get_client_ip(request))


def within_rate_limit(request: HttpRequest, door: str) -> bool:
    """Count one more row of a stranger at this address; say whether it may still be written.

    The key names its minute: no request can prolong a window, and junk at one door closes no other.
    """
    window = int(time.time() // WINDOW_SECONDS)
    key = f"stranger:{door.replace(' ', '-')}:{address_of(request)}:{window}"
    if cache.add(key, 1, timeout=2 * WINDOW_SECONDS):
        return True
    try:
        return bool(cache.incr(key) <= PER_MINUTE)
    except ValueError:  # it expired between the two calls
        return True
