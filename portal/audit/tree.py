"""The Merkle tree of the sealed trail, read from the database in blocks of 256 hashes."""

from functools import lru_cache

from django.db import connection

from portal.audit import merkle
from portal.lib.refusal import Refused

STEP = 8  # heights between stored nodes: 256 hashes under each
_LEAVES = (
    "SELECT e.leaf FROM audit_seal s JOIN audit_event e ON e.id = s.event_id"
    " WHERE s.sequence > %s AND s.sequence <= %s ORDER BY s.sequence"
)
_NODES = (
    "SELECT hash FROM audit_node"
    " WHERE level = %s AND position >= %s AND position < %s ORDER BY position"
)
_KEEP = "SELECT public.audit_keep_nodes(%s, %s, %s)"
_FIRST_MISSING = "SELECT coalesce(max(position) + 1, 0) FROM audit_node WHERE level = %s"


class StoredTree:
    """The complete subtrees of what is sealed; caches the blocks that it has read."""

    def __init__(self) -> None:
        self._block = lru_cache(maxsize=64)(_read_block)

    def subtree(self, height: int, position: int) -> bytes:
        """Return the hash of a complete subtree."""
        level = height // STEP * STEP
        rise = height - level
        block, offset = divmod(position << rise, 1 << STEP)
        found = self._block(level, block)[offset : offset + (1 << rise)]
        if len(found) != 1 << rise:
            raise damaged(f"between {(position << height) + 1} and {(position + 1) << height}")
        return merkle.fold(found)

    def from_children(self, level: int, position: int) -> bytes:
        """Return the hash of a subtree of a stored level, computed from the level below."""
        found = self._block(level - STEP, position)
        if len(found) != 1 << STEP:
            raise damaged(f"between {(position << level) + 1} and {(position + 1) << level}")
        return merkle.fold(found)

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` rows."""
        return merkle.root(size, self.subtree)


def damaged(where: str) -> Refused:
    """Return what to raise when sealed rows are missing."""
    return Refused(
        f"The audit trail is damaged: sealed rows {where} are gone.",
        next_step=(
            "Keep the database as it is and run `manage.py audit_verify` with the last head "
            "that an auditor keeps."
        ),
    )


def _read_block(level: int, position: int) -> list[bytes]:
    first = position << STEP
    with connection.cursor() as cursor:
        if level:
            cursor.execute(_NODES, [level, first, first + (1 << STEP)])
        else:
            cursor.execute(_LEAVES, [first, first + (1 << STEP)])
        return [bytes(row[0]) for row in cursor.fetchall()]


def store_nodes(size: int) -> None:
    """Store the nodes of every block that `size` rows have filled, level by level.

    Call it with the sealer's lock held.
    """
    tree = StoredTree()
    level = STEP
    while size >> level:
        with connection.cursor() as cursor:
            cursor.execute(_FIRST_MISSING, [level])
            first = int(cursor.fetchone()[0])
            hashes = [tree.from_children(level, at) for at in range(first, size >> level)]
            if hashes:
                cursor.execute(_KEEP, [level, first, hashes])
        level += STEP
