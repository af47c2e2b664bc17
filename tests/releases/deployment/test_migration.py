"""The migration's program as it runs in the product's image, and what the portal makes of its
words.
"""

import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest import mock

import pytest
from alembic import command
from alembic.config import Config

from portal.jobs.definition import Done, Stop, Wait
from releases.deployment import migration, sequence
from releases.deployment.migration import MigrationReport, find_problem, parse
from releases.deployment.steps import migrate
from tests.patience import patient

ENV = """
import os
from alembic import context
from sqlalchemy import MetaData, Table, create_engine
models = MetaData()
for name in {models!r}:
    Table(name, models)
with create_engine("sqlite:///x.db").connect() as connection:
    context.configure(connection=connection, target_metadata=models)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
revision, down_revision, branch_labels, depends_on = {name!r}, {down!r}, None, None
from alembic import op
import sqlalchemy as sa
def upgrade():
    {up}
def downgrade():
    {back}
"""


@dataclass(frozen=True)
class Revision:
    """One revision of an image: it makes a table, unless it is empty, one-way or broken."""

    down: object = None
    kind: str = "good"

    def text(self, name):
        """Return its file."""
        table = f'op.create_table("t_{name}", sa.Column("id", sa.Integer))'
        up, back = {
            "good": (table, f'op.drop_table("t_{name}")'),
            "one-way": (table, "raise NotImplementedError"),
            "empty": ("pass", "pass"),
            "broken": ('raise RuntimeError("boom")', "pass"),
        }[self.kind]
        return REVISION.format(name=name, down=self.down, up=up, back=back)


class Image:
    """An image as its container sees it: a folder with the real Alembic's scripts."""

    def __init__(self, folder, models=(), **revisions):
        self.folder = folder
        self.versions = folder / "alembic" / "versions"
        self.versions.mkdir(parents=True)
        (self.versions.parent / "env.py").write_text(ENV.format(models=models))
        self.add(**revisions)

    def add(self, **revisions):
        """Bring more revisions."""
        for name, one in revisions.items():
            (self.versions / f"{name}.py").write_text(one.text(name))

    def migrate(self, head):
        """Run the portal's program here; return its exit code and what it told."""
        words, said = migration.plan(head).command[1:], io.StringIO()
        with (
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(said),
            mock.patch.object(sys, "argv", [words[0], *words[2:]]),
            pytest.raises(SystemExit) as ended,
        ):
            exec(compile(words[1], "program", "exec"), {"__name__": "__main__"})
        return ended.value.code, parse(said.getvalue())

    def run_program(self, head):
        """Run it as the container does: as a process of its own."""
        ended = subprocess.run(
            [sys.executable, *migration.plan(head).command[1:]],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=patient(60),
            check=False,
        )
        return ended.returncode, parse(ended.stdout)

    def upgrade(self, to):
        """Bring the database to a revision, as somebody does by hand."""
        config = Config()
        config.set_main_option("script_location", "alembic")
        with contextlib.chdir(self.folder):
            command.upgrade(config, to)


@pytest.fixture
def image(tmp_path):
    """Return a maker of images."""
    return lambda **parts: Image(tmp_path, **parts)


def test_it_runs_what_is_missing_and_tells_which_cannot_be_undone(image):
    made = image(a1=Revision())
    made.upgrade("a1")
    made.add(b2=Revision("a1", "empty"), c3=Revision("b2", "one-way"))
    code, told = made.run_program("c3")
    assert (code, told.before, told.after, told.one_way) == (0, ["a1"], ["c3"], ["c3"])
    # an empty revision does nothing either way: it is no one-way street
    assert [one["revision"] for one in told.ran] == ["b2", "c3"]
    assert find_problem(told, head="c3", exit_code=code) == ""
    code, told = made.migrate("c3")
    assert (code, told.ran) == (0, [])


def test_a_table_that_the_models_name_and_the_database_lacks_fails_the_check(image):
    made = image(models=("t_a1", "chat_messages"), a1=Revision())
    code, told = made.migrate("a1")
    assert (code, told.missing) == (0, ["chat_messages"])
    assert "The database lacks chat_messages" in find_problem(told, head="a1", exit_code=code)


def test_a_merge_does_not_hide_a_one_way_revision_of_the_other_branch(image):
    made = image(a1=Revision(), left=Revision("a1"))
    made.upgrade("left")
    made.add(right=Revision("a1", "one-way"), both=Revision(("left", "right"), "empty"))
    code, told = made.migrate("both")
    assert (code, told.before, told.after) == (0, ["left"], ["both"])
    assert ([one["revision"] for one in told.ran], told.one_way) == (["right", "both"], ["right"])


def test_a_database_on_two_branches_is_merged(image):
    made = image(a1=Revision(), left=Revision("a1"), right=Revision("a1"))
    made.upgrade("heads")
    code, told = made.migrate("left")
    assert (code, told.before, told.heads) == (3, ["left", "right"], ["left", "right"])
    made.add(both=Revision(("left", "right"), "empty"))
    code, told = made.migrate("both")
    assert (code, [one["revision"] for one in told.ran]) == (0, ["both"])
    assert told.as_json()["before"] == "left, right" and told.as_json()["after"] == "both"


def test_what_is_wrong_is_told(image):
    made = image(a1=Revision())
    code, told = made.migrate("z9")
    said = find_problem(told, head="z9", exit_code=code)
    assert said == "The image migrates to a1, the release expects z9: nothing was changed"
    made.upgrade("a1")
    made.add(bad=Revision("a1", "broken"))
    code, told = made.migrate("bad")
    said = find_problem(told, head="bad", exit_code=code)
    assert said == "The migration failed with code 1; the database is at a1"


def test_a_database_that_is_newer_than_the_image_is_left_alone(image):
    made = image(a1=Revision(), b2=Revision("a1"))
    made.upgrade("b2")
    (made.versions / "b2.py").unlink()
    code, told = made.migrate("a1")
    said = find_problem(told, head="a1", exit_code=code)
    assert code == 4 and "The database is at b2, which this image does not know" in said


def test_heads_that_an_earlier_portal_wrote_as_one_text_are_read():
    assert parse('portal-migration {"stage": "begin", "before": "a1,b2"}').before == ["a1", "b2"]
    assert parse('portal-migration {"stage": "begin", "before": ""}').before == []


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (MigrationReport(), 1, "before it read the database"),
        (
            MigrationReport(begun=True, before=["a1"]),
            137,
            "stopped at an unknown revision after a1 (code 137)",
        ),
        (
            MigrationReport(
                begun=True, ended=True, after=["a1"], tables=["alembic_version", "exams"]
            ),
            0,
            "at a1 after the migration, not at b2",
        ),
        (
            MigrationReport(begun=True, ended=True, after=["b2"], tables=["alembic_version"]),
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
