"""The migration of the database as a release brings it: the program that a one-off container runs,
and what it says.

The product's image carries no `alembic.ini`, so `alembic upgrade head` fails in it; Alembic's
Python API works without one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from releases.requests.plan import PlannedMigration

MARK = "portal-migration "  # begins the lines of the container's log that are meant for the portal
UNKNOWN = "unknown"  # stands among the one-way revisions for a migration whose outcome is unknown
WRONG_HEAD, UNKNOWN_REVISION = 3, 4  # exit codes by which the program says that it changed nothing

PROGRAM = (Path(__file__).parent / "program" / "migrate.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class MigrationReport:
    """What the program said.

    `before` and `after` are the heads of the database, none when it is empty and several when it
    stands on branches; `ran` is in order.
    """

    begun: bool = False
    ended: bool = False
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    ran: list[dict[str, Any]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # tables of the application's models

    @property
    def one_way(self) -> list[str]:
        """Return the revisions that ran and cannot be undone."""
        return [str(one["revision"]) for one in self.ran if one.get("one_way")]

    def as_json(self) -> dict[str, Any]:
        """Return what the deployment keeps, with the heads as text for people."""
        kept = {
            name: value for name, value in asdict(self).items() if name not in ("begun", "ended")
        }
        return kept | {"before": ", ".join(self.before), "after": ", ".join(self.after)}


def plan(head: str) -> PlannedMigration | None:
    """Return the migration for a plan; None when the release names no head: nothing is migrated."""
    return PlannedMigration(head, ["python", "-c", PROGRAM, head]) if head else None


def parse(log: str) -> MigrationReport:
    """Read what the program said; other lines are Alembic's and the application's."""
    facts: dict[str, Any] = {}
    for line in log.splitlines():
        if line.startswith(MARK):
            facts |= _read_facts(line.removeprefix(MARK))
    stage = facts.pop("stage", "")
    names = ("before", "after", "heads", "ran", "tables", "missing")
    known: dict[str, Any] = {name: facts[name] for name in names if name in facts}
    for name in {"before", "after"} & known.keys():
        known[name] = _read_heads(known[name])
    return MigrationReport(begun=bool(stage), ended=stage == "end", **known)


def is_unknown(report: MigrationReport, log: str, exit_code: int | None) -> bool:
    """Say whether the log leaves open what the migration did.

    A log without the last line is late, cut or lost, unless the program says by its exit code that
    it changed nothing, or failed with other words before its first line.
    """
    if report.ended or exit_code in (WRONG_HEAD, UNKNOWN_REVISION):
        return False
    return report.begun or exit_code == 0 or not log.strip()


def describe_one_way(revisions: str) -> str:
    """Say that revisions which cannot be undone ran, or may have run."""
    if UNKNOWN in revisions.split(", "):
        return "The outcome of a migration is unknown, so it may not be possible to undo it"
    return f"The one-way migration {revisions} ran"


def find_problem(report: MigrationReport, *, head: str, exit_code: int | None) -> str:
    """Say what is wrong with a migration that ended; empty when it did what was asked."""
    if exit_code == WRONG_HEAD:
        return (
            f"The image migrates to {', '.join(report.heads) or 'no revision'}, the release "
            f"expects {head}: nothing was changed"
        )
    if exit_code == UNKNOWN_REVISION:
        return (
            f"The database is at {', '.join(report.before)}, which this image does not know: it is "
            "newer. Nothing was changed"
        )
    if not report.begun:
        return f"The migration ended with code {exit_code} before it read the database"
    if not report.ended:
        return (
            "The migration stopped at an unknown revision after "
            f"{', '.join(report.before) or 'an empty database'} (code {exit_code})"
        )
    if exit_code != 0:
        return (
            f"The migration failed with code {exit_code}; the database is at "
            f"{', '.join(report.after) or 'no revision'}"
        )
    if report.after != [head]:
        return (
            f"The database is at {', '.join(report.after) or 'no revision'} after the migration, "
            f"not at {head}"
        )
    if "alembic_version" not in report.tables or len(report.tables) < 2:
        return (
            "The database has no tables of the application after the migration, only "
            f"{', '.join(report.tables) or 'none'}"
        )
    if report.missing:
        return (
            f"The database lacks {', '.join(report.missing)} after the migration, which the models "
            "of the image name: a table was dropped, or a migration does not create it"
        )
    return ""


def _read_heads(found: object) -> list[str]:
    """Take also one text: the program of an earlier version of the portal said the heads so."""
    if isinstance(found, list):
        return [str(one) for one in found]
    return [one for one in str(found).split(",") if one]


def _read_facts(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:  # cut off in the middle of the line
        return {}
    return found if isinstance(found, dict) else {}


def summary(done: Mapping[str, Any]) -> str:
    """Say in one line what a migration did."""
    ran = done.get("ran") or []
    if not ran:
        return f"the schema was at {done.get('after') or 'no revision'} already"
    names = ", ".join(
        f"{one['revision']}{' (one-way)' if one.get('one_way') else ''}" for one in ran
    )
    return f"{done.get('before') or 'empty'} → {done.get('after')}: ran {names}"
