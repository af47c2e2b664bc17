"""The supervisor starts parts side by side, says which one died, stops them in order and
leaves no orphan.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from sandbox import leftovers, supervisor
from sandbox.parts import Program
from sandbox.place import Place
from sandbox.supervisor import Stopping, Supervisor
from sandbox.trouble import Trouble
from tests.patience import until


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path, 8000)
    made.prepare()
    return made


@pytest.fixture
def watcher(place: Place):
    made = Supervisor(place.folder)
    yield made
    made.stop()


def program(place: Place, name: str, script: str, *, ready=lambda: True) -> Program:
    return Program(
        name,
        f"here/{name}",
        place,
        [sys.executable, "-c", script],
        dict(os.environ),
        ready,
        cwd=place.folder,
    )


STAYS = "import time; time.sleep(60)"


def test_it_tells_part_address_and_time(place, watcher, capsys) -> None:
    watcher.start(program(place, "one", STAYS), program(place, "two", STAYS))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(word in lines[0] for word in ("one", "ready", "s", "here/one"))


def test_a_part_that_ends_at_start_is_trouble_with_the_end_of_its_log(place, watcher) -> None:
    part = program(place, "web", "print('why it failed'); raise SystemExit(3)", ready=lambda: False)
    with pytest.raises(Trouble, match=r"web ended at start \(exit 3\)[\s\S]*why it failed"):
        watcher.start(part)


def test_a_part_that_dies_is_named_and_started_again_three_times_a_minute(
    place, watcher, capsys
) -> None:
    watcher.start(program(place, "steady", STAYS), program(place, "worker", "print('last words')"))
    with pytest.raises(Trouble, match=r"worker died 4 times in a minute[\s\S]*last words"):
        watcher.watch()
    told = capsys.readouterr().err
    assert [f"({time} of 3 in a minute)" in told for time in (1, 2, 3, 4)] == [
        True,
        True,
        True,
        False,
    ]
    assert "steady died" not in told


def test_the_last_started_stop_first(place, watcher, capsys) -> None:
    watcher.start(program(place, "database", STAYS))
    watcher.start(program(place, "web", STAYS), program(place, "worker", STAYS))
    watcher.stop()
    stopped = [
        line.split()[0] for line in capsys.readouterr().err.splitlines() if "stopped" in line
    ]
    assert stopped == ["web", "worker", "database"]
    assert leftovers.of(place.folder) == []


def test_a_child_that_a_dead_part_left_in_its_own_session_is_stopped_too(place, watcher) -> None:
    script = (
        "import subprocess, time; subprocess.Popen(['sleep', '60'], start_new_session=True);"
        " time.sleep(60)"
    )
    part = program(place, "oci", script)
    watcher.start(part)
    until(lambda: len(leftovers.of(place.folder)) == 2)
    assert part.process
    os.kill(part.process.pid, signal.SIGKILL)
    watcher.stop()
    assert leftovers.of(place.folder) == []


def test_a_part_that_does_not_listen_is_killed(place, watcher, monkeypatch) -> None:
    monkeypatch.setattr("sandbox.parts._PATIENCE_SECONDS", 0.2)
    mark = place.folder / "deaf"
    deaf = (
        f"import signal, time; signal.signal(15, signal.SIG_IGN); open({str(mark)!r}, 'w');"
        " time.sleep(60)"
    )
    part = program(place, "deaf", deaf, ready=mark.exists)
    watcher.start(part)
    watcher.stop()
    assert part.ended() == -9


def test_a_failed_preparation_is_trouble(place, watcher) -> None:
    with pytest.raises(Trouble, match=r"prepare failed[\s\S]*no such table"):
        watcher.run(program(place, "prepare", "raise SystemExit('no such table')"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch_and_the_start(place, watcher, number) -> None:
    before = {
        each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    watcher.listen()
    try:
        watcher.start(program(place, "web", STAYS))
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
        watcher.watch()
        with pytest.raises(Stopping):
            watcher.start(program(place, "late", STAYS))
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def test_a_part_that_never_answers_is_trouble(place, watcher, monkeypatch) -> None:
    monkeypatch.setattr(supervisor, "_READY_SECONDS", 0.2)
    with pytest.raises(Trouble, match="web does not answer after 0 s"):
        watcher.start(program(place, "web", STAYS, ready=lambda: False))
