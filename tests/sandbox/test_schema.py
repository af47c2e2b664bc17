"""A sandbox whose database was made by migrations that read differently now says so, instead
of failing page by page.
"""

import pytest

from sandbox import schema
from sandbox.trouble import BrokenData


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "project" / "releases" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_initial.py").write_text("first")
    return tmp_path / "project"


def test_a_new_folder_and_an_unchanged_one_are_fine(tmp_path, root):
    schema.check(tmp_path, root)
    schema.keep(tmp_path, root)
    schema.check(tmp_path, root)


def test_a_migration_that_came_later_is_fine(tmp_path, root):
    schema.keep(tmp_path, root)
    (root / "releases" / "migrations" / "0002_more.py").write_text("second")
    schema.check(tmp_path, root)


def test_a_rewritten_migration_is_named_with_the_way_out(tmp_path, root):
    schema.keep(tmp_path, root)
    (root / "releases" / "migrations" / "0001_initial.py").write_text("rewritten")
    with pytest.raises(
        BrokenData, match=r"made by an earlier releases/migrations/0001_initial.py.*`make reset`"
    ):
        schema.check(tmp_path, root)


def test_a_half_written_note_is_named(tmp_path, root):
    (tmp_path / "migrations.json").write_text("{")
    with pytest.raises(BrokenData, match=r"migrations\.json is half-written"):
        schema.check(tmp_path, root)
