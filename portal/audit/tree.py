"""The Merkle tree of the sealed trail, read from the database a block of 256 hashes at a time."""

from functools import lru_cache

from django.db import connection

from portal.audit import merkle

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
        return merkle.fold(self._block(level, block)[offset : offset + (1 << rise)])

    def grown(self, level: int, position: int) -> bytes:
        """Return the hash of a subtree of a stored level, made from the level below."""
        return merkle.fold(self._block(level - STEP, position))

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` rows."""
        return merkle.root(size, self.subtree)


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
