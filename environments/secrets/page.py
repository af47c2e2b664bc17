"""What the page of a vault shows, from the database alone."""

from datetime import datetime
from typing import Any

from environments import naming
from environments.kinds import KINDS
from environments.kinds.kind import Recoverable
from environments.kinds.states import is_dying
from environments.models import Environment, ManagedResource
from portal.jobs.models import Job

SHOWN_JOBS = 5
MEANINGS = {
    "vault": "Holds key and secrets.",
    "key": "Encrypts the secrets.",
    f"secret.{naming.DATABASE_PASSWORD}": "Made up by Vault, read by the database service alone. A new version becomes the "
    "database's password with the next apply.",
}


def of_vault(environment: Environment, user: Any) -> dict[str, Any]:
    """Return the context of the page; three queries, however many secrets there are."""
    words = [word for word, kind in KINDS.items() if isinstance(kind, Recoverable)]
    rows = [row for row in environment.resources.all() if row.key.partition(".")[0] in words]
    kinds = ("environments.rotate_key", "environments.cancel_deletion")
    jobs = Job.objects.filter(environment=environment.slug, kind__in=kinds).order_by("-created_at")
    return {
        "environment": environment,
        "things": [_thing(row) for row in sorted(rows, key=lambda row: (words.index(row.key.partition(".")[0]), row.key))],
        "jobs": jobs[:SHOWN_JOBS],
        "can_rotate": environment.can_rotate_key(user) and any(row.key == "key" and row.state == "ENABLED" for row in rows),
        "can_recover": environment.can_apply(user),
        "can_set_secret": environment.can_set_secret(user),
    }


def _thing(row: ManagedResource) -> dict[str, Any]:
    kind = KINDS[row.key.partition(".")[0]]
    day = row.facts.get("timeOfDeletion")
    return {
        "row": row,
        "name": row.key.partition(".")[2] or row.name,
        "kind": kind.name,
        "meaning": MEANINGS.get(row.key, ""),
        "version": row.facts.get("version"),
        "dying": is_dying(row.state),
        "deleted_at": datetime.fromisoformat(day) if day else None,
    }
