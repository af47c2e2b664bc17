"""Installs the locked packages into .venv: standard library only, for `make` on a fresh machine."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
LOCKS = [ROOT / "requirements" / "uv.txt", ROOT / "requirements" / "dev.txt"]
NEEDED_BYTES = 1_500_000_000
PROGRESS_SECONDS = 5


def main() -> None:
    """Install unless the lock that is installed is the lock that is asked for."""
    if sys.version_info < (3, 11):  # noqa: UP036
        here = sys.version.split()[0]
        sys.exit(
            f"Portal needs Python 3.11 or newer; {sys.executable} is {here}. Name another: make run"
            " PYTHON=python3.12"
        )
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted and works(PYTHON):
        return
    free, needed = shutil.disk_usage(ROOT).free // 1_000_000, NEEDED_BYTES // 1_000_000
    if free < needed:
        sys.exit(
            f"The disk is nearly full: {free} MB free at {ROOT}, the packages need {needed} MB."
        )
    os.umask(
        0o022
    )  # started by root, PostgreSQL runs as a user of its own, who must be able to read it
    print("Installing the locked packages into .venv (about 1 GB, once)", flush=True)
    if VENV.exists() and not os.access(VENV, os.W_OK):
        sys.exit(f"{VENV} belongs to another user: move it away, or run make as that user.")
    STAMP.unlink(missing_ok=True)
    make_venv()
    run(
        "uv",
        [
            PYTHON,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            LOCKS[0],
        ],
    )
    run(
        "packages",
        [
            VENV / "bin" / "uv",
            "pip",
            "sync",
            "--quiet",
            "--python",
            PYTHON,
            "--require-hashes",
            LOCKS[1],
        ],
    )
    STAMP.write_text(wanted)


def fingerprint() -> str:
    """Return what the installed packages depend on: the locks and this Python."""
    text = b"".join(lock.read_bytes() for lock in LOCKS) + str(sys.version_info[:2]).encode()
    return hashlib.sha256(text).hexdigest()


def works(program: Path) -> bool:
    """Say whether the interpreter of the environment starts."""
    return (
        program.exists()
        and subprocess.run([str(program), "-c", ""], capture_output=True).returncode == 0
    )


def make_venv() -> None:
    """Make the environment, again when its interpreter does not start; see to it that it has
    pip.
    """
    if not works(PYTHON):
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True
        )
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            if "ensurepip" in made.stdout + made.stderr:
                package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
                sys.exit(
                    "This Python has no ensurepip. On Debian and Ubuntu: apt-get install"
                    f" {package}, then run make again."
                )
            sys.exit(f"python -m venv failed: {(made.stderr or made.stdout).strip()[-300:]}")
    if subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True).returncode:
        run("pip", [PYTHON, "-m", "ensurepip"])


def run(name: str, command: list) -> None:  # type: ignore[type-arg]
    """Run one part of the installation, saying now and then that it goes on."""
    started = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL)
    while True:
        try:
            failed = process.wait(PROGRESS_SECONDS)
            break
        except subprocess.TimeoutExpired:
            print(f"  {name:<10} installing {time.monotonic() - started:5.0f} s", flush=True)
    if failed:
        full = " The disk is full." if shutil.disk_usage(ROOT).free < 50_000_000 else ""
        sys.exit(
            f"Installing the {name} failed (see above).{full} Nothing else was changed; run make"
            " again."
        )
    print(f"  {name:<10} installed  {time.monotonic() - started:5.1f} s", flush=True)


if __name__ == "__main__":
    main()
