"""Knows which migrations made a sandbox's database: one that was rewritten since cannot be applied
again.
"""

import hashlib
import json
from pathlib import Path

from sandbox.keys import write_private
from sandbox.trouble import BrokenData

_APPS = ("portal/*", "environments", "releases", "runbooks")


def migrations(root: Path) -> dict[str, str]:
    """Return the digest of each migration of ours, by path."""
    files = [file for app in _APPS for file in root.glob(f"{app}/migrations/0*.py")]
    return {
        str(file.relative_to(root)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(files)
    }


def keep(folder: Path, root: Path) -> None:
    """Write down what the database was made by."""
    write_private(folder / "migrations.json", json.dumps(migrations(root), indent=1))


def check(folder: Path, root: Path) -> None:
    """Refuse a database made by a migration that reads differently now: it would lack what the code
    asks for.
    """
    kept = folder / "migrations.json"
    if not kept.exists():
        return
    try:
        made_by = dict(json.loads(kept.read_text()))
    except (ValueError, TypeError) as error:
        raise BrokenData(f"{kept} is half-written") from error
    now = migrations(root)
    if changed := [path for path, digest in made_by.items() if now.get(path) != digest]:
        raise BrokenData(
            f"The database was made by an earlier {changed[0]}, which has been rewritten since"
        )
