"""The Merkle tree of the sealed trail, read from the database a block of 256 hashes at a time."""

from functools import lru_cache

from django.db import connection

from portal.audit import merkle
from portal.lib.refusal import Refused

STEP = 8  # heights between stored nodes: 256 hashes under each
_LEAVES = (
    "SELECT e.leaf FROM audit_seal s JOIN audit_event e ON e.id = s.event_id"
    " WHERE s.sequence > %s AND s.sequence <= %s ORDER BY s.sequence"
)
_NODES = "SELECT hash FROM audit_node WHERE level = %s AND position >= %s AND position < %s ORDER BY position"


class StoredTree:
    """Answers for complete subtrees of what is sealed; keeps the blocks it has read."""

    def __init__(self) -> None:
        self._block = lru_cache(maxsize=64)(_read_block)

    def subtree(self, height: int, position: int) -> bytes:
        """Return the hash of a complete subtree."""
        level = height // STEP * STEP
        rise = height - level
        block, offset = divmod(position << rise, 1 << STEP)
        found = self._block(level, block)[offset : offset + (1 << rise)]
        if len(found) != 1 << rise:
            raise gone(f"between {(position << height) + 1} and {(position + 1) << height}")
        return merkle.fold(found)

    def grown(self, level: int, position: int) -> bytes:
        """Return the hash of a subtree of a stored level, made from the level below."""
        found = self._block(level - STEP, position)
        if len(found) != 1 << STEP:
            raise gone(f"between {(position << level) + 1} and {(position + 1) << level}")
        return merkle.fold(found)

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` rows."""
        return merkle.root(size, self.subtree)


def gone(where: str) -> Refused:
    """Return what to raise when rows that were sealed are no longer there."""
    return Refused(
        f"The audit trail is damaged: sealed rows {where} are gone.",
        next_step="Keep the database as it is and run `manage.py audit_verify` with the last head that an auditor keeps.",
    )


def _read_block(level: int, position: int) -> list[bytes]:
    first = position << STEP
    with connection.cursor() as cursor:
        if level:
            cursor.execute(_NODES, [level, first, first + (1 << STEP)])
        else:
            cursor.execute(_LEAVES, [first, first + (1 << STEP)])
        return [bytes(row[0]) for row in cursor.fetchall()]


def grow(size: int) -> None:
    """Store the nodes of every block that `size` rows have filled, level by level; runs with the sealer's lock held."""
    tree = StoredTree()
    level = STEP
    while size >> level:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(position) + 1, 0) FROM audit_node WHERE level = %s", [level])
            first = int(cursor.fetchone()[0])
            made = [tree.grown(level, position) for position in range(first, size >> level)]
            if made:
                cursor.execute("SELECT public.audit_keep_nodes(%s, %s, %s)", [level, first, made])
        level += STEP
