"""The sealer: gives committed rows their place in the sequence."""

from django.db import connection, transaction

from portal.audit.checkpoint import checkpoint_if_due, sealed
from portal.audit.tree import store_nodes

BATCH = 20_000  # rows a pass, so that the lock is never held long


def tick() -> None:
    """Seal what was committed and sign a checkpoint when one is due.

    Every worker calls this about once a second; the one that gets the lock does the work.
    """
    seal_once(wait=False)
    checkpoint_if_due()


def seal_once(*, wait: bool = True) -> int | None:
    """Seal every row committed so far and return how many are sealed.

    Without `wait`, return None when another worker is sealing.
    """
    before, size = sealed(), _pass(wait)
    while size is not None and size - before >= BATCH:
        before, size = size, _pass(wait)
    return size


def _pass(wait: bool) -> int | None:
    with transaction.atomic(), connection.cursor() as cursor:
        if wait:  # for passes of others, each of up to BATCH rows
            cursor.execute("SET LOCAL lock_timeout = '30s'")
        cursor.execute("SELECT public.audit_seal_pending(%s, %s)", [wait, BATCH])
        size: int | None = cursor.fetchone()[0]
        if size is not None:
            store_nodes(size)
        return size
