"""A run of tests leaves no process behind, even when it is killed, and says so when a test did."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests import guard
from tests.patience import patient, until

ROOT = Path(__file__).resolve().parents[1]
TEST = """
import os, subprocess, time
from pathlib import Path
from sandbox import valkey
from tests.ports import free_port

left = []

def test_that_leaves_something():
    folder = Path(os.environ["TMPDIR"])
    left.append(subprocess.Popen(["sleep", "600"], start_new_session=True))
    command = valkey.command(folder / "valkey", free_port())
    left.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    Path({told!r}).write_text(str(folder))
    time.sleep({seconds})
"""


def start(folder: Path, *words: str, seconds: int) -> subprocess.Popen[str]:
    """Run one test that leaves two processes; it writes the folder of its run into `told`."""
    test = folder / "test_leaves.py"
    test.write_text(TEST.format(told=str(folder / "told"), seconds=seconds))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        ROOT,
        *words,
        test,
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PORTAL", "PYTEST"))
    }
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_killed_run_takes_everything_along(tmp_path):
    run = start(tmp_path, "-n", "1", seconds=600)
    told = tmp_path / "told"
    until(lambda: told.exists() and told.read_text(), 30)
    folder = Path(told.read_text())
    names = {process.name() for process in guard.members(folder)}
    assert {"sleep", "postgres", "valkey-server"} <= names
    run.send_signal(signal.SIGKILL)
    run.communicate()
    until(lambda: not guard.members(folder) and not folder.exists(), 10)


def test_a_run_whose_tests_leave_a_process_fails_and_names_it(tmp_path):
    run = start(tmp_path, "-n", "0", seconds=0)
    output, _ = run.communicate(timeout=patient(30))
    assert run.returncode == 1, output
    assert "1 passed" in output and "left running by the tests" in output and "sleep 600" in output
    assert not guard.members(Path((tmp_path / "told").read_text()))
