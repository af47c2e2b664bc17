"""The provider's signing keys: kept for an hour, fetched again at once when a token names an
unknown one.
"""

import time
from typing import Any

import jwt

from portal.accounts.provider import ProviderTrouble, call

KEEP_SECONDS = 3600
AGAIN_SECONDS = 10  # an unknown key id may cause one fetch in this time, not one per token

_kept: dict[str, tuple[float, list[dict[str, Any]]]] = {}


def signing_key(url: str, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
    """Return the public key for a token's key id and algorithm, or None when the provider has
    none such.
    """
    # without a key id a new key cannot be told from a forged signature, so the kept ones are
    # trusted for moments only
    fetched_at, keys = _keys(url, KEEP_SECONDS if key_id else AGAIN_SECONDS)
    key = _choose(keys, key_id, algorithm)
    if key is None and time.monotonic() - fetched_at > AGAIN_SECONDS:
        key = _choose(_keys(url, AGAIN_SECONDS)[1], key_id, algorithm)
    return key


def forget() -> None:
    """Drop the kept keys."""
    _kept.clear()


def _keys(url: str, keep: float) -> tuple[float, list[dict[str, Any]]]:
    fetched_at, keys = _kept.get(url, (float("-inf"), []))
    if time.monotonic() - fetched_at > keep:
        found = call("GET", url).get(
            "keys"
        )  # without a lock: a slow provider must not line up the workers
        if not isinstance(found, list):
            raise ProviderTrouble("answered a key set without keys")
        fetched_at, keys = time.monotonic(), [key for key in found if isinstance(key, dict)]
        _kept[url] = (fetched_at, keys)
    return fetched_at, keys


def _choose(keys: list[dict[str, Any]], key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
    """Pick the one public signing key that fits; without a key id only when there is no
    second candidate.
    """
    family = {"RS": "RSA", "ES": "EC"}[algorithm[:2]]
    fitting = [
        key
        for key in keys
        if key.get("kty") == family
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and key_id in (None, key.get("kid"))
    ]
    if len(fitting) != 1:
        return None
    try:
        return jwt.PyJWK(fitting[0], algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
