"""The migration of the database as a release brings it: the program that a one-off container runs,
and what it says.

The product's image carries no `alembic.ini`, so `alembic upgrade head` fails in it; Alembic's
Python API works without one.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from releases.requests.plan import PlannedMigration

MARK = "portal-migration "  # begins the lines of the container's log that are meant for the portal
UNKNOWN = "unknown"  # stands among the one-way revisions for a migration whose outcome is unknown
WRONG_HEAD, UNKNOWN_REVISION = 3, 4  # exit codes by which the program says that it changed nothing

PROGRAM = r"""
import ast, json, sys, traceback
from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

def tell(**facts):
    print("portal-migration " + json.dumps(facts), flush=True)

def absent(context, tables):
    known = getattr(context, "opts", {}).get("target_metadata") or ()
    known = known if isinstance(known, (list, tuple)) else [known]
    return sorted({t.name for one in known for t in one.tables.values() if not t.schema} - set(tables))

def state():
    seen = {}
    def read(heads, context):
        tables = sorted(inspect(context.connection).get_table_names())
        seen.update(at=",".join(heads), tables=tables, missing=absent(context, tables))
        return []
    with EnvironmentContext(config, script, fn=read, dont_mutate=True):
        script.run_env()
    return seen

def empty(body):
    idle = (ast.Pass, ast.Raise)
    return all(isinstance(s, idle) or isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) for s in body)

def one_way(revision):
    found = {n.name: n.body for n in ast.parse(open(revision.path).read()).body if isinstance(n, ast.FunctionDef)}
    cannot = not empty(found.get("upgrade", [])) and empty(found.get("downgrade", []))
    return bool(getattr(revision.module, "one_way", cannot))

expected = sys.argv[1]
config = Config()
config.set_main_option("script_location", "alembic")
script = ScriptDirectory.from_config(config)
heads, before = list(script.get_heads()), state()["at"]
tell(stage="begin", before=before, heads=heads)
if heads != [expected]:
    sys.exit(3)
if before and before not in {r.revision for r in script.walk_revisions()}:
    sys.exit(4)
failed = False
try:
    command.upgrade(config, expected)
except Exception:
    failed = True
    traceback.print_exc()
end = state()
ran = [] if end["at"] == before else list(script.iterate_revisions(end["at"], before or "base"))
told = [{"revision": r.revision, "one_way": one_way(r), "doc": (r.doc or "")[:120]} for r in reversed(ran)]
tell(stage="end", before=before, after=end["at"], ran=told, tables=end["tables"], missing=end["missing"])
sys.exit(1 if failed else 0)
""".strip()  # noqa: E501


@dataclass(frozen=True)
class MigrationReport:
    """What the program said; revisions are "" before the first, `ran` is in order."""

    begun: bool = False
    ended: bool = False
    before: str = ""
    after: str = ""
    heads: list[str] = field(default_factory=list)
    ran: list[dict[str, Any]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # tables of the application's models

    @property
    def one_way(self) -> list[str]:
        """Return the revisions that ran and cannot be undone."""
        return [str(one["revision"]) for one in self.ran if one.get("one_way")]

    def as_json(self) -> dict[str, Any]:
        """Return what the deployment keeps."""
        return {
            name: value for name, value in asdict(self).items() if name not in ("begun", "ended")
        }


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
    known = {name: facts[name] for name in names if name in facts}
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
            f"The database is at {report.before}, which this image does not know: it is newer. "
            "Nothing was changed"
        )
    if not report.begun:
        return f"The migration ended with code {exit_code} before it read the database"
    if not report.ended:
        return (
            "The migration stopped at an unknown revision after "
            f"{report.before or 'an empty database'} (code {exit_code})"
        )
    if exit_code != 0:
        return (
            f"The migration failed with code {exit_code}; the database is at "
            f"{report.after or 'no revision'}"
        )
    if report.after != head:
        return (
            f"The database is at {report.after or 'no revision'} after the migration, not at {head}"
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
