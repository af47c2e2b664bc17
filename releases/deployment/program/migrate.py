"""Brings the database to the head that a release expects, inside the product's image.

It is no part of the portal: it runs as `python -c <this text> <head>` beside the image's `alembic`
folder, with the image's packages. Exit codes: 3 the image has another head, 4 the database is at a
revision that the image does not know (both change nothing), 1 the migration failed.
"""

import ast
import json
import sys
import traceback
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect


def tell(**facts):
    print("portal-migration " + json.dumps(facts), flush=True)


def absent(context, tables):
    """Return the tables of the application's models that are not there."""
    known = getattr(context, "opts", {}).get("target_metadata") or ()
    known = known if isinstance(known, list | tuple) else [known]
    named = {table.name for one in known for table in one.tables.values() if not table.schema}
    return sorted(named - set(tables))


def state():
    """Return the heads at which the database is, its tables, and those that are missing."""
    seen = {}

    def read(heads, context):
        tables = sorted(inspect(context.connection).get_table_names())
        seen.update(at=sorted(heads), tables=tables, missing=absent(context, tables))
        return []

    with EnvironmentContext(config, script, fn=read, dont_mutate=True):
        script.run_env()
    return seen


def up_to(heads):
    """Return the revisions that lead to these heads, over all branches."""
    if not heads:
        return set()
    return {one.revision for one in script.iterate_revisions(tuple(heads), "base")}


def is_empty(body):
    idle = (ast.Pass, ast.Raise)
    return all(
        isinstance(one, idle) or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in body
    )


def is_one_way(revision):
    """Say whether it cannot be undone: by its `one_way`, else because it has no downgrade."""
    parts = ast.parse(Path(revision.path).read_text(encoding="utf-8")).body
    found = {one.name: one.body for one in parts if isinstance(one, ast.FunctionDef)}
    cannot = not is_empty(found.get("upgrade", [])) and is_empty(found.get("downgrade", []))
    return bool(getattr(revision.module, "one_way", cannot))


expected = sys.argv[1]
config = Config()
config.set_main_option("script_location", "alembic")
script = ScriptDirectory.from_config(config)
heads, before = sorted(script.get_heads()), state()["at"]
tell(stage="begin", before=before, heads=heads)
if heads != [expected]:
    sys.exit(3)
if not set(before) <= {one.revision for one in script.walk_revisions()}:
    sys.exit(4)
failed = False
try:
    command.upgrade(config, expected)
except Exception:
    failed = True
    traceback.print_exc()
end = state()
new = up_to(end["at"]) - up_to(before)
ran = [one for one in script.walk_revisions() if one.revision in new]
told = [
    {"revision": one.revision, "one_way": is_one_way(one), "doc": (one.doc or "")[:120]}
    for one in reversed(ran)
]
found = {"tables": end["tables"], "missing": end["missing"]}
tell(stage="end", before=before, after=end["at"], ran=told, **found)
sys.exit(1 if failed else 0)
