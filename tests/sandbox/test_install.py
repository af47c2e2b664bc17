"""`make` installs once, says what it needs, and says no in one line."""

import ast
import importlib.util
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from tests.patience import patient

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def install(tmp_path, monkeypatch):
    """The installer, working on a folder of its own."""
    described = importlib.util.spec_from_file_location(
        "install", ROOT / "requirements" / "install.py"
    )
    made = importlib.util.module_from_spec(described)
    described.loader.exec_module(made)
    monkeypatch.setattr(made, "ROOT", tmp_path)
    monkeypatch.setattr(made, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(made, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(made, "STAMP", tmp_path / ".venv" / ".installed")
    monkeypatch.setattr(made, "run", lambda name, command: pytest.fail(f"installs {name}"))
    return made


def test_an_older_python_is_told_so(install, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(
        SystemExit, match=r"needs Python 3.11 or newer; .* Name another: make run PYTHON=python3.12"
    ):
        install.main()


def test_its_own_text_can_be_read_by_an_older_python():
    text = (ROOT / "requirements" / "install.py").read_text()
    ast.parse(text, feature_version=(3, 7))  # else it would see a syntax error, not our words


def test_what_is_installed_is_not_installed_again(install):
    (install.VENV / "bin").mkdir(parents=True)
    install.PYTHON.symlink_to(sys.executable)
    install.STAMP.write_text(install.fingerprint())
    began = time.monotonic()
    install.main()
    assert time.monotonic() - began < patient(5)


def test_another_lock_is_installed_anew(install, monkeypatch):
    (install.VENV / "bin").mkdir(parents=True)
    install.PYTHON.symlink_to(sys.executable)
    install.STAMP.write_text("of an earlier lock")
    asked = []
    monkeypatch.setattr(install, "run", lambda name, command: asked.append(name))
    monkeypatch.setattr(install, "make_venv", lambda: None)
    install.main()
    assert asked == ["uv", "packages"]
    assert install.STAMP.read_text() == install.fingerprint()


def test_a_full_disk_is_told_before_anything_is_done(install, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 300_000_000))
    with pytest.raises(SystemExit, match="The disk is nearly full: 300 MB free"):
        install.main()
    assert not install.VENV.exists()


def test_a_python_without_ensurepip_names_the_package(install, monkeypatch):
    answer = subprocess.CompletedProcess(
        [], 1, "The virtual environment was not created because ensurepip is not available.", ""
    )
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: answer)
    with pytest.raises(SystemExit, match=r"apt-get install python3\.\d+-venv"):
        install.make_venv()
