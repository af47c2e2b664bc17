"""Ends what a test run has started when the run is over, however it ended: `python -m tests.guard
FOLDER`.

A run's temporary files are in one folder, which is the TMPDIR of all its processes: by it they are
known, also those whose parent is dead. The guard is a process of its own; its standard input closes
when the run ends, even by `kill -9`.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

GENTLY, AT_MOST = 3.0, 20.0  # seconds until they are killed; until the guard gives up


def watch(folder: Path) -> subprocess.Popen[bytes]:
    """Start the guard of this run's folder; it acts when this process has ended, or has
    closed its standard input.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "tests.guard", str(folder)],
        cwd=Path(__file__).resolve().parents[1],
        stdin=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C in the terminal is not for it
    )


def members(folder: Path) -> list[psutil.Process]:
    """Return the processes of a run, without this one."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _belongs(process, folder)
    ]


def _belongs(process: psutil.Process, folder: Path) -> bool:
    try:
        if environment := process.environ():
            return any(str(folder) in value for value in environment.values())
        return Path(process.cwd()).is_relative_to(folder)  # PostgreSQL and Valkey write over it
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def clear(folder: Path) -> None:
    """End every process of a run, gently at first, until there is none; remove its folder."""
    began = time.monotonic()
    while (left := members(folder)) and time.monotonic() - began < AT_MOST:
        for process in left:
            with suppress(psutil.Error):
                process.terminate() if time.monotonic() - began < GENTLY else process.kill()
        psutil.wait_procs(left, timeout=0.5)
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Wait for the end of the run."""
    sys.stdin.buffer.read()
    clear(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
