"""What a killed sandbox left behind is found and stopped; nobody else's process is."""

import json
import os
import subprocess
import sys

import psutil

from sandbox import leftovers


def sleeper(folder, *, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["sleep", "60"], env={**os.environ, **environment}, start_new_session=True
    )
    while (
        "sleep" not in psutil.Process(process.pid).name()
    ):  # the fork has not become the program yet
        pass
    return process


def gone(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def test_it_finds_them_by_mark_and_by_pid_file(tmp_path) -> None:
    marked = sleeper(tmp_path, environment=leftovers.mark(tmp_path, "oci"))
    noted = sleeper(tmp_path, environment={})
    leftovers.note(tmp_path, "valkey", noted.pid)
    stranger = sleeper(tmp_path, environment=leftovers.mark(tmp_path / "other", "oci"))
    try:
        assert {process.pid for process in leftovers.of(tmp_path)} == {marked.pid, noted.pid}
        assert {process.pid for process in leftovers.of(tmp_path, "oci")} == {marked.pid}
        assert leftovers.stop(tmp_path) == 2
        assert (gone(marked), gone(noted), gone(stranger)) == (True, True, False)
        assert leftovers.stop(tmp_path) == 0
    finally:
        stranger.kill()
        stranger.wait()


def test_a_number_that_went_to_somebody_else_is_not_touched(tmp_path) -> None:
    process = sleeper(tmp_path, environment={})
    (tmp_path / "valkey.pid").write_text(
        json.dumps([process.pid, psutil.Process(process.pid).create_time() - 100])
    )
    (tmp_path / "web.pid").write_text("half-writ")
    try:
        assert leftovers.of(tmp_path) == []
    finally:
        process.kill()
        process.wait()


def test_one_that_ignores_the_request_is_killed(tmp_path) -> None:
    deaf = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True);"
        " time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", deaf],
        env={**os.environ, **leftovers.mark(tmp_path, "x")},
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    process.stdout.readline()
    assert leftovers.stop(tmp_path, patience=0.2) == 1
    assert gone(process)
    process.stdout.close()
