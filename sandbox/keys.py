"""The sandbox's own secrets: made once, kept in a file that only its owner can read."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from sandbox.trouble import BrokenData

_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "JOB_TOKEN_KEY": lambda: secrets.token_urlsafe(50),
    "AUDIT_SIGNING_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "WEBHOOK_PASSWORD": lambda: secrets.token_urlsafe(24),
    "OIDC_CLIENT_SECRET": lambda: secrets.token_urlsafe(24),
}


def load_or_make(file: Path) -> dict[str, str]:
    """Return the secrets of the file; make those that it lacks."""
    held: dict[str, str] = {}
    if file.exists():
        try:
            held = dict(json.loads(file.read_text()))
        except (ValueError, TypeError) as error:
            raise BrokenData(f"{file} is half-written") from error
    missing = {name: make() for name, make in _MAKERS.items() if name not in held}
    if missing:
        held = {**held, **missing}
        write_private(file, json.dumps(held, indent=1))
    return held


def write_private(file: Path, text: str) -> None:
    """Write a file of mode 0600 that is either whole or not there."""
    scratch = file.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    scratch.replace(file)
