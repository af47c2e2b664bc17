"""The sandbox's secrets are made once and only their owner can read them."""

import json

import pytest

from sandbox.keys import load_or_make
from sandbox.trouble import BrokenData


def test_they_are_made_once(tmp_path) -> None:
    file = tmp_path / "secrets.json"
    first = load_or_make(file)
    assert load_or_make(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert all(len(value) >= 32 for value in first.values())
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_one_that_a_later_version_needs_is_added(tmp_path) -> None:
    file = tmp_path / "secrets.json"
    first = load_or_make(file)
    file.write_text(json.dumps({"SECRET_KEY": first["SECRET_KEY"]}))
    assert load_or_make(file)["SECRET_KEY"] == first["SECRET_KEY"]
    assert load_or_make(file).keys() == first.keys()


@pytest.mark.parametrize("text", ["", '{"SECRET_KEY": "ab', "[1]", "7"])
def test_a_half_written_file_is_named_and_kept(tmp_path, text: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(text)
    with pytest.raises(BrokenData, match=r"secrets.json is half-written\. `make reset`"):
        load_or_make(file)
    assert file.read_text() == text
