"""Encrypts what must be kept but never read in the database: the access token of a session,
the seed of a second factor.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def encrypt(text: str) -> str:
    """Return the text encrypted and authenticated with a key derived from SECRET_KEY."""
    return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()


def decrypt(text: str) -> str | None:
    """Return the plain text; None when no present or old key encrypted it."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _box(key).decrypt(text.encode()).decode()
        except InvalidToken:
            continue
    return None


# the label is part of the key: what is stored was encrypted under it
def _box(key: str) -> Fernet:
    return Fernet(
        base64.urlsafe_b64encode(hashlib.sha256(b"portal.accounts.seal:" + key.encode()).digest())
    )
