"""The stub's schema history, and the migration as a one-off container runs it."""

import json

from sandbox.conceptlens.store import REVISIONS, Store

ONE_WAY, BROKEN = "c4d5e6f7a8b9", "d5e6f7a8b9c0"
MORE = {
    "oneway": (ONE_WAY,),
    "failmigration": (BROKEN,),
}  # revisions that images of a behaviour bring besides
TABLES = (
    "alembic_version",
    "compute_runs",
    "courses",
    "exams",
    "mappings",
    "report_tokens",
    "scores",
)
WRONG_HEAD, UNKNOWN_REVISION = 3, 4


def known(behaviour: str) -> tuple[str, ...]:
    """Return the revisions that an image of this behaviour has."""
    return (*REVISIONS, *MORE.get(behaviour, ()))


def migrate(store: Store, behaviour: str, expected: str = "") -> int:
    """Bring the schema to the image's head and print what Alembic prints; with `expected`, also
    what the portal's program tells.

    The sandbox runs no Python of others, so what that program (`python -c`, its last word the
    expected head) would find with Alembic is acted out here.
    """
    chain, before = known(behaviour), store.revision() or ""
    if expected:
        _tell(stage="begin", before=before, heads=[chain[-1]])
        if chain[-1] != expected:
            return WRONG_HEAD
        if before and before not in chain:
            return UNKNOWN_REVISION
    ran = _upgrade(store, chain, before)
    after = store.revision() or ""
    if expected:
        told = [{"revision": one, "one_way": one == ONE_WAY, "doc": ""} for one in ran]
        _tell(
            stage="end", before=before, after=after, ran=told, tables=list(TABLES) if after else []
        )
    elif after == chain[-1]:
        print(f"{after} (head)", flush=True)
    return 0 if after == chain[-1] else 1


def _upgrade(store: Store, chain: tuple[str, ...], at: str) -> list[str]:
    """Run what is missing in one transaction, as Alembic does by default: a revision that fails
    takes the others with it.
    """
    missing = list(chain[chain.index(at) + 1 if at in chain else 0 :])
    for revision in missing:
        print(f"INFO  [alembic.runtime.migration] Running upgrade {at} -> {revision}", flush=True)
        if revision == BROKEN:
            print(f"RuntimeError: broken on purpose: revision {revision} cannot run", flush=True)
            return []
        at = revision
    if missing:
        store.migrate(at)
    return missing


def _tell(**facts: object) -> None:
    print("portal-migration " + json.dumps(facts), flush=True)
