"""The address at which OCI Notifications reaches the portal; its password stays in the settings."""

import hashlib
import hmac
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings

from portal.lib.redact import redact
from portal.lib.refusal import Refused


def address() -> str:
    """Return the address with user and password, for the one call that needs them."""
    if not settings.WEBHOOK_PASSWORD:
        raise Refused(
            "WEBHOOK_PASSWORD is empty.",
            next_step="Set it (or WEBHOOK_PASSWORD_FILE): OCI Notifications signs in with it.",
        )
    parts = urlsplit(settings.WEBHOOK_URL)
    who = f"{quote(settings.WEBHOOK_USER, safe='')}:{quote(settings.WEBHOOK_PASSWORD, safe='')}"
    return str(urlunsplit((parts.scheme, f"{who}@{parts.netloc}", parts.path, "", "")))


def shown() -> str:
    """Return the address as it may be stored and shown: the password masked."""
    return str(redact(address()))


def seal() -> str:
    """Return a keyed digest of the password: tells that it changed, tells nothing about it."""
    key = settings.JOB_TOKEN_KEY.encode()
    return hmac.new(
        key, b"webhook:" + settings.WEBHOOK_PASSWORD.encode(), hashlib.sha256
    ).hexdigest()[:24]
