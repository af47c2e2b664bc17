"""The stub as a process: start, refusals, behaviours, end."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.databases import file_url
from tests.patience import patient

ROOT = Path(__file__).resolve().parents[3]
MODULE = [sys.executable, "-m", "sandbox.conceptlens"]


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MODULE, *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=patient(10),
        check=False,
    )


class Process:
    """A stub on a socket of its own."""

    def __init__(self, *arguments: str, url: str = "sqlite://") -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.process = subprocess.Popen(
            [*MODULE, "--fd", str(listener.fileno()), "--lifeline", *arguments],
            env={"DATABASE_URL": url, "PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        listener.close()

    def get(self, path: str) -> tuple[int, dict]:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}{path}", timeout=patient(20)
        ) as answer:
            return answer.status, json.load(answer)

    def close(self) -> int:
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(patient(20))


@pytest.fixture
def stub(tmp_path):
    process = Process("--behaviour-file", str(tmp_path / "behaviour"), url=file_url(tmp_path))
    yield process
    process.close()


def test_it_answers_half_a_second_after_its_start(stub):
    started = time.monotonic()
    assert stub.get("/health")[1]["status"] == "healthy"
    assert time.monotonic() - started < patient(1)  # 0.2 s on an idle machine


def test_it_breaks_while_running_and_recovers(stub, tmp_path):
    assert stub.get("/api/v1/courses")[0] == 200
    (tmp_path / "behaviour").write_text("errors\n")
    with pytest.raises(urllib.error.HTTPError) as refused:
        stub.get("/api/v1/courses")
    refused.value.close()
    assert refused.value.code == 500
    assert stub.get("/health")[1]["status"] == "healthy"
    (tmp_path / "behaviour").write_text("")
    assert stub.get("/api/v1/courses")[0] == 200


def test_it_ends_with_the_process_that_started_it(stub):
    stub.get("/health")
    assert stub.close() == 137


def test_it_ends_when_told_to(stub):
    stub.get("/health")
    stub.process.send_signal(signal.SIGTERM)
    assert stub.process.wait(patient(20)) == 143


def test_two_stubs_share_one_file(stub, tmp_path):
    request = urllib.request.Request(
        f"http://127.0.0.1:{stub.port}/api/v1/courses", data=b'{"name": "shared"}', method="POST"
    )
    urllib.request.urlopen(request, timeout=patient(5)).close()
    other = Process(url=f"sqlite:///{next(tmp_path.glob('*.sqlite3'))}")
    try:
        assert other.get("/api/v1/courses")[1][0]["name"] == "shared"
    finally:
        other.close()


def test_it_refuses_to_start_without_a_database_address():
    ended = run("--port", "0")
    assert ended.returncode == 1
    assert "DATABASE_URL" in ended.stderr


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("generated-by-vault", "ArgumentError: Could not parse SQLAlchemy URL"),
        (
            "postgres://a:b@db/x",
            "NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres",
        ),
        ("postgresql://a:b@db:54x2/x", "ValueError: invalid literal for int()"),
    ],
)
def test_it_refuses_to_start_with_an_address_that_the_product_cannot_use(url, words):
    ended = run("--port", "0", DATABASE_URL=url)
    assert ended.returncode == 1 and words in ended.stderr


def test_a_crashing_image_ends_at_start():
    assert run("--behaviour", "crash", DATABASE_URL="sqlite://").returncode == 1


def test_the_migration_runs_once_to_the_head(tmp_path):
    url = f"sqlite:///{tmp_path}/new.sqlite3"
    first = run("--role", "migrate", DATABASE_URL=url, PYTHONPATH=str(ROOT))
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("Running upgrade") == 3
    assert "b3c4d5e6f7a8 (head)" in first.stdout
    made, wanted = (
        shape(file) for file in (tmp_path / "new.sqlite3", Path(file_url(tmp_path)[10:]))
    )
    assert made == wanted  # what the stub makes in memory, and the tests in files


def shape(file):
    with sqlite3.connect(file) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master ORDER BY 1")]
        columns = connection.execute("SELECT name FROM pragma_table_info('record')").fetchall()
    connection.close()
    return [name for name in tables if not name.startswith("sqlite_")], columns
