"""Keeps strangers from filling the audit trail: a fixed number of rows per address and
minute, then only the log.
"""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

PER_MINUTE = 60


def address_of(request: HttpRequest) -> str:
    """Return the client's address, as far as proxies are trusted to name it."""
    return str(get_adapter().get_client_ip(request))


def within_rate_limit(request: HttpRequest) -> bool:
    """Count one more row of a stranger at this address; say whether it may still be written."""
    key = f"stranger:{address_of(request)}"
    if cache.add(key, 1, timeout=60):
        return True
    try:
        return bool(cache.incr(key) <= PER_MINUTE)
    except ValueError:  # it expired between the two calls
        return True
