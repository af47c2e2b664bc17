"""The migration's program as it runs in the product's image, and what the portal makes of its
words.
"""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from portal.jobs.definition import Done, Stop, Wait
from releases.deployment import migration, sequence
from releases.deployment.migration import MigrationReport, find_problem, parse
from releases.deployment.steps import migrate
from tests.patience import patient

ALEMBIC = {
    "alembic/__init__.py": "",
    "alembic/command.py": (
        """
import state
def upgrade(config, head):
    for revision in state.CHAIN:
        if revision not in state.done():
            if revision == "bad": raise RuntimeError("boom")
            state.add(revision)
"""
    ),
    "alembic/config.py": (
        """
class Config:
    def set_main_option(self, name, value): assert (name, value) == ("script_location", "alembic")
"""
    ),
    "alembic/runtime/__init__.py": "",
    "alembic/runtime/environment.py": (
        """
import state
from types import SimpleNamespace
class EnvironmentContext:
    def __init__(self, config, script, *, fn, dont_mutate): self.fn, script.fn = fn, fn
    def __enter__(self): return self
    def __exit__(self, *error): pass
"""
    ),
    "alembic/script.py": (
        """
import state
from types import SimpleNamespace
class ScriptDirectory:
    @classmethod
    def from_config(cls, config): return cls()
    def get_heads(self): return [state.CHAIN[-1]]
    def run_env(self):
        models = SimpleNamespace(tables={one.name: one for one in state.MODELS})
        context = SimpleNamespace(connection=None, opts={"target_metadata": models})
        self.fn(tuple(state.done()[-1:]), context)
    def walk_revisions(self): return [state.revision(one) for one in state.CHAIN]
    def iterate_revisions(self, upper, lower):
        at = state.CHAIN.index(lower) + 1 if lower in state.CHAIN else 0
        ran = state.CHAIN[at : state.CHAIN.index(upper) + 1]
        return [state.revision(one) for one in reversed(ran)]
"""
    ),
    "sqlalchemy.py": (
        """
import state
from types import SimpleNamespace
def tables(): return ["alembic_version", "exams"] if state.done() else []
def inspect(connection): return SimpleNamespace(get_table_names=tables)
"""
    ),
}
STATE = """
import os
from types import SimpleNamespace
CHAIN = {chain!r}
MODELS = [SimpleNamespace(name=name, schema=None) for name in {models!r}]
def done(): return open("done").read().split() if os.path.exists("done") else []
def add(one): open("done", "a").write(one + " ")
def revision(one):
    return SimpleNamespace(revision=one, path=one + ".py", module=SimpleNamespace(), doc="")
"""
GOOD = "def upgrade():\n    print(1)\ndef downgrade():\n    print(2)\n"
ONE_WAY = "def upgrade():\n    print(1)\ndef downgrade():\n    raise NotImplementedError\n"
MERGE = "def upgrade():\n    pass\ndef downgrade():\n    pass\n"


@pytest.fixture
def image(tmp_path):
    """Return a maker of images whose Alembic is of a few lines; running one returns its exit
    code and what it told.
    """

    def image(done="", models=("exams",), **revisions):
        state = STATE.format(chain=list(revisions), models=list(models))
        for name, text in {**ALEMBIC, "state.py": state}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        for name, text in revisions.items():
            (tmp_path / f"{name}.py").write_text(text)
        (tmp_path / "done").write_text(done)
        return lambda head: _run(tmp_path, head)

    return image


def _run(folder, head):
    command = migration.plan(head).command
    ended = subprocess.run(
        [sys.executable, *command[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=patient(20),
    )
    return ended.returncode, parse(ended.stdout)


def test_it_runs_what_is_missing_and_tells_which_cannot_be_undone(image):
    code, told = image(done="a1", a1=GOOD, b2=MERGE, c3=ONE_WAY)("c3")
    assert (code, told.before, told.after, told.one_way) == (0, "a1", "c3", ["c3"])
    assert [one["revision"] for one in told.ran] == [
        "b2",
        "c3",
    ]  # a merge does nothing either way: it is no one-way street
    assert find_problem(told, head="c3", exit_code=code) == ""


def test_a_table_that_the_models_name_and_the_database_lacks_fails_the_check(image):
    code, told = image(done="a1", models=["exams", "chat_messages"], a1=GOOD)("a1")
    assert (code, told.ran, told.missing) == (0, [], ["chat_messages"])
    assert "The database lacks chat_messages" in find_problem(told, head="a1", exit_code=code)


def test_a_second_run_changes_nothing(image):
    run = image(a1=GOOD)
    assert run("a1")[1].ran and run("a1")[1].ran == []


@pytest.mark.parametrize(
    ("done", "chain", "head", "code", "words"),
    [
        (
            "",
            {"a1": GOOD},
            "z9",
            3,
            "The image migrates to a1, the release expects z9: nothing was changed",
        ),
        ("z9", {"a1": GOOD}, "a1", 4, "The database is at z9, which this image does not know"),
        (
            "a1",
            {"a1": GOOD, "bad": GOOD},
            "bad",
            1,
            "The migration failed with code 1; the database is at a1",
        ),
    ],
)
def test_what_is_wrong_is_told(image, done, chain, head, code, words):
    ended, told = image(done=done, **chain)(head)
    assert ended == code and words in find_problem(told, head=head, exit_code=ended)


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (MigrationReport(), 1, "before it read the database"),
        (
            MigrationReport(begun=True, before="a1"),
            137,
            "stopped at an unknown revision after a1 (code 137)",
        ),
        (
            MigrationReport(
                begun=True, ended=True, after="a1", tables=["alembic_version", "exams"]
            ),
            0,
            "at a1 after the migration, not at b2",
        ),
        (
            MigrationReport(begun=True, ended=True, after="b2", tables=["alembic_version"]),
            0,
            "no tables of the application",
        ),
    ],
)
def test_a_schema_that_is_not_what_the_release_expects_is_a_problem(told, code, words):
    assert words in find_problem(told, head="b2", exit_code=code)


def test_words_of_others_in_the_log_do_not_matter():
    assert (
        parse('INFO x\nportal-migration {"stage": "begin"\nportal-migration []\n')
        == MigrationReport()
    )


class Instances:
    """Stands for the module of that name: one instance with one container."""

    def __init__(self, state="ACTIVE", container=None, others=()):
        self.state, self.held, self.others, self.deleted = (
            state,
            container or {"lifecycleState": "ACTIVE"},
            list(others),
            [],
        )

    def read(self, ctx, ocid):
        return (
            {
                "id": ocid,
                "displayName": "m",
                "lifecycleState": self.state,
                "containers": [{"containerId": "k"}],
            }
            if self.state
            else None
        )

    def read_container(self, ctx, ocid):
        return self.held

    def tagged(self, ctx, place, wanted):
        return self.others

    def delete(self, ctx, ocid):
        self.deleted.append(ocid)


@pytest.fixture
def step(monkeypatch):
    """Return a maker that looks once at a migration which is under way; it returns the
    outcome and the stand-in.
    """

    def step(log="", **stands):
        there = Instances(**stands)
        monkeypatch.setattr(migrate, "instances", there)
        monkeypatch.setattr(migrate.logs, "peek", lambda ctx, container: there.log)
        monkeypatch.setattr(
            migrate.logs, "save", lambda ctx, found: [SimpleNamespace(pk=1, text=log)]
        )
        monkeypatch.setattr(
            migrate.Deployment,
            "objects",
            SimpleNamespace(get=lambda pk: SimpleNamespace(note_migration=kept.update)),
        )
        kept, memo = {}, {"instance": "i"}
        spec = {"plan": {"place": {}, "migration": {"head": "b2"}}, "deployment": 1}
        ctx = SimpleNamespace(
            spec=spec,
            job=SimpleNamespace(pk="j"),
            memo=memo,
            remember=lambda **v: memo.update(v),
            say=lambda line: None,
            now=datetime(2026, 11, 23, tzinfo=UTC),
        )
        there.log = log
        there.kept, there.memo, there.ctx = kept, memo, ctx
        return there

    return step


def wait_for_log(there):
    """Look at a log without an end until its time is up."""
    assert isinstance(migrate.migrate_database(there.ctx), Wait)
    there.ctx.now += timedelta(seconds=migrate.LOG_SECONDS)


ENDED = {"lifecycleState": "INACTIVE", "exitCode": 0}
LOG = (
    'portal-migration {"stage": "end", "before": "a1", "after": "b2",'
    ' "tables": ["alembic_version", "exams"],'
    ' "ran": [{"revision": "b2", "one_way": true}]}'
)


def test_a_migration_under_way_is_waited_for(step):
    assert isinstance(migrate.migrate_database(step().ctx), Wait)


def test_one_that_ended_well_is_kept_and_removed(step):
    there = step(log=LOG, container=ENDED)
    outcome = migrate.migrate_database(there.ctx)
    assert isinstance(outcome, Done) and outcome.result["after"] == "b2" and there.deleted == ["i"]
    assert there.kept["ran"] == [{"revision": "b2", "one_way": True}]


def test_one_that_broke_off_is_told_and_never_started_again(step):
    there = step(
        log='portal-migration {"stage": "begin", "before": "a1"}',
        container={"lifecycleState": "FAILED", "exitCode": 137},
    )
    wait_for_log(there)
    for _ in range(2):
        with pytest.raises(Stop, match=r"stopped at an unknown revision after a1 \(code 137\)"):
            migrate.migrate_database(there.ctx)
    assert there.memo["before"] == "a1"  # so that the way back knows


@pytest.mark.parametrize("log", ["", 'portal-migration {"stage": "begin", "before": "a1"}\n'])
def test_a_log_without_an_end_is_an_unknown_outcome(step, log):
    there = step(log=log, container=ENDED)
    wait_for_log(there)
    with pytest.raises(Stop, match="the outcome is unknown"):
        migrate.migrate_database(there.ctx)
    assert there.kept["unknown"] and sequence.one_way({"migrate": there.memo}) == "unknown"


def test_a_log_that_comes_late_is_waited_for(step):
    there = step(container=ENDED)
    assert isinstance(migrate.migrate_database(there.ctx), Wait)
    there.log = LOG
    assert isinstance(migrate.migrate_database(there.ctx), Done)
    assert there.kept["unknown"] is False


def test_other_words_of_a_program_that_failed_are_no_lost_log(step):
    there = step(log="DATABASE_URL: Field required\n", container=ENDED | {"exitCode": 1})
    with pytest.raises(Stop, match=r"ended with code 1 before it read the database\.$"):
        migrate.migrate_database(there.ctx)
    assert there.kept["unknown"] is False


def test_one_whose_container_is_gone_stops(step):
    there = step(state="")
    with pytest.raises(Stop, match="gone before it reported"):
        migrate.migrate_database(there.ctx)
    assert there.kept["unknown"] is True


def test_two_never_run_side_by_side(step):
    other = {
        "displayName": "other",
        "lifecycleState": "ACTIVE",
        "freeformTags": {"portal-job": "before"},
    }
    there = step(others=[other])
    there.memo.pop("instance")
    assert migrate.migrate_database(there.ctx) == Wait(
        migrate.OTHER_SECONDS, "another migration is still in progress: other"
    )
