"""`manage.py sandbox` from an empty folder, through a kill -9, to a second run that has
everything the first one had.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from sandbox import leftovers
from tests.patience import patient
from tests.ports import free_block

ROOT = Path(__file__).resolve().parent.parent.parent


def words(folder: Path, port: int, *more: str) -> list[str]:
    return [
        sys.executable,
        "manage.py",
        "sandbox",
        "--folder",
        str(folder),
        "--port",
        str(port),
        *more,
    ]


def clean() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG", "TMPDIR")
    }


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    process = subprocess.Popen(
        words(folder, port, "--print-env"),
        cwd=ROOT,
        env=clean(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, read_environment(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=patient(60))
        leftovers.stop(folder)


def read_environment(process: subprocess.Popen[str]) -> dict[str, str]:
    environment = {}
    assert process.stdout
    while line := process.stdout.readline():
        name, _, value = line.rstrip("\n").partition("=")
        environment[name] = value
        if name == "OCI_REGION":
            return environment
    raise AssertionError(process.communicate()[1])


def run_once(folder: Path, port: int, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words(folder, port, *more),
        cwd=ROOT,
        env=clean(),
        capture_output=True,
        text=True,
        timeout=patient(60),
    )


@pytest.fixture(scope="module")
def lived():
    """A sandbox that was started, used, killed with everything running, and started again."""
    # not in pytest's own folder: another run would shut it to PostgreSQL, which is a user of its
    # own when root tests
    with tempfile.TemporaryDirectory(prefix="portal-sandbox-", ignore_cleanup_errors=True) as place:
        yield live_through(Path(place) / "data", free_block())


def live_through(folder: Path, port: int) -> dict[str, object]:
    seen: dict[str, object] = {"folder": folder, "port": port}
    with running(folder, port) as (process, environment):
        seen["first"] = environment
        seen["again"] = run_once(folder, port, "--print-env")
        seen["second supervisor"] = run_once(folder, port)
        seen["command"] = subprocess.run(
            [sys.executable, "manage.py", "seed"],
            cwd=ROOT,
            env=clean() | environment,
            capture_output=True,
            text=True,
        )
        rename_environment(environment["DATABASE_URL"])
        process.kill()
        process.wait()
    seen["left"] = len(leftovers.of(folder))
    began = time.monotonic()
    with running(folder, port) as (process, environment):
        seen["seconds"] = time.monotonic() - began
        seen["second"] = environment
        seen["name"] = environment_name(environment["DATABASE_URL"])
        process.terminate()
        seen["told"] = process.communicate(timeout=patient(60))[1]
        seen["exit"] = process.returncode
        seen["alive"] = leftovers.of(folder)
    return seen


def rename_environment(url: str) -> None:
    with psycopg.connect(dsn(url)) as connection:
        connection.execute(
            "UPDATE environments_environment SET name = 'Renamed' WHERE slug = 'dev'"
        )


def environment_name(url: str) -> object:
    with psycopg.connect(dsn(url)) as connection:
        return connection.execute(
            "SELECT name FROM environments_environment WHERE slug = 'dev'"
        ).fetchone()


def dsn(url: str) -> str:
    role, _, rest = url.removeprefix("postgresql://").partition("@/")
    folder, _, database = rest.rpartition("/")
    return f"host={folder} user={role} dbname={database}"


def test_it_prints_what_a_server_would_be_told(lived) -> None:
    wanted = {
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "OIDC_ISSUER",
        "OIDC_CLIENT_ID",
        "OCI_ENDPOINT",
    }
    assert wanted <= lived["first"].keys()
    assert (lived["folder"] / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert "BEGIN" in Path(lived["first"]["OCI_KEY_FILE"]).read_text()
    assert Path(lived["first"]["OCI_KEY_FILE"]).stat().st_mode & 0o777 == 0o600


def test_another_tool_is_told_the_same_while_it_runs(lived) -> None:
    told = dict(line.partition("=")[::2] for line in lived["again"].stdout.splitlines())
    assert told == lived["first"]


def test_a_second_one_on_the_same_folder_is_refused_in_one_line(lived) -> None:
    refused = lived["second supervisor"]
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "runs in" in refused.stderr


def test_seeding_again_changes_nothing(lived) -> None:
    assert lived["command"].returncode == 0, lived["command"].stderr


def test_after_a_kill_the_next_run_has_the_same_data(lived) -> None:
    assert lived["second"] == lived["first"]
    assert lived["name"] == ("Renamed",)
    assert lived["seconds"] < patient(15)


def test_it_stops_clean(lived) -> None:
    assert lived["exit"] == 0
    assert [
        part for part in ("oci", "identity", "valkey", "postgres") if f"{part} " in lived["told"]
    ] != []
    assert lived["alive"] == []
    assert not (lived["folder"] / "env").exists()


def test_a_server_s_machine_is_left_alone(tmp_path) -> None:
    environment = clean() | {"DATABASE_URL": "postgres://portal@db/portal"}
    ran = subprocess.run(
        words(tmp_path / "s", 8000),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patient(30),
    )
    assert ran.returncode == 2
    assert "DATABASE_URL is set" in ran.stderr
    assert not (tmp_path / "s").exists()


def test_reset_of_nothing_says_so(tmp_path) -> None:
    ran = run_once(tmp_path / "s", 8000, "--reset")
    assert (ran.returncode, ran.stderr) == (
        0,
        f"Nothing to move: {tmp_path / 's'} does not exist.\n",
    )


@pytest.mark.parametrize("what", ["file", "folder of another user"])
def test_reset_moves_aside_what_cannot_be_locked(tmp_path, what) -> None:
    place = tmp_path / "s"
    if what == "file":
        place.write_text("precious")
    else:
        place.mkdir(mode=0o500)
    ran = run_once(place, 8000, "--reset")
    assert ran.returncode == 0, ran.stderr
    assert not place.exists()
    assert [path.name.startswith("s.broken-") for path in tmp_path.iterdir()] == [True]
