"""`manage.py new_keys`: the secrets of a new server, as lines of an environment file.

It reads no settings, because there are none yet, and writes nothing to disk.
"""

import base64
import secrets
import sys
from collections.abc import Callable, Sequence

MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "JOB_TOKEN_KEY": lambda: secrets.token_urlsafe(50),
    "AUDIT_SIGNING_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "WEBHOOK_PASSWORD": lambda: secrets.token_urlsafe(24),
    "METRICS_TOKEN": lambda: secrets.token_urlsafe(24),
    "DATABASE_OWNER_PASSWORD": lambda: secrets.token_urlsafe(24),
    "DATABASE_PASSWORD": lambda: secrets.token_urlsafe(24),
}


def main(names: Sequence[str]) -> int:
    """Print all secrets, or those that are named; return the exit code."""
    unknown = [name for name in names if name not in MAKERS]
    if unknown:
        said = f"new_keys: there is no {', '.join(unknown)}. It makes: {', '.join(MAKERS)}."
        print(said, file=sys.stderr)
        return 2
    for name in names or MAKERS:
        print(f"{name}={MAKERS[name]()}")
    return 0
