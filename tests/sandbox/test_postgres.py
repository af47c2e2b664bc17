"""The sandbox's PostgreSQL keeps its data through kills, and never starts on data that it
does not understand.
"""

import time

import psutil
import psycopg
import pytest

from sandbox.postgres import OWNER, RUNTIME, Postgres
from sandbox.trouble import BrokenData
from tests.patience import patient


@pytest.fixture
def server(tmp_path_factory):
    made = Postgres(tmp_path_factory.mktemp("pg") / "postgres", durable=False)
    yield made
    made.stop()


def test_it_makes_both_roles_and_the_database_and_finds_them_again(server) -> None:
    for _ in range(2):
        server.start()
        with psycopg.connect(server.dsn(OWNER, "portal")) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        with (
            psycopg.connect(server.dsn(RUNTIME, "portal")) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE not_mine (id int)")
        server.stop()
    server.start()
    with psycopg.connect(server.dsn(OWNER, "portal")) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_it_starts_again_after_its_server_was_killed(server) -> None:
    server.start()
    server.process.kill()
    server.process.wait()
    began = time.monotonic()
    Postgres.start(server)
    assert time.monotonic() - began < patient(10)
    psycopg.connect(server.dsn()).close()


def test_it_takes_over_from_a_server_that_a_killed_sandbox_left(server) -> None:
    server.start()
    left = server.process
    again = Postgres(server.folder, durable=False)
    again.start()
    again.stop()
    assert left.wait(patient(5)) == 0


def test_a_stale_pid_file_does_not_stop_somebody_elses_process(server) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{psutil.Process().ppid()}\n{server.data}\n")
    server._stop_leftover()  # would have sent SIGINT to the process that runs these tests
    (server.data / "postmaster.pid").unlink()
    server.start()


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_half_written_data_is_named_and_left_alone(tmp_path, missing: str) -> None:
    data = tmp_path / "postgres" / "data"
    (data / "global").mkdir(parents=True)
    for name in {"PG_VERSION", "global/pg_control"} - {missing}:
        (data / name).write_text("18")
    before = sorted(data.rglob("*"))
    with pytest.raises(BrokenData, match=r"data is half-written\. `make reset` moves"):
        Postgres(tmp_path / "postgres").start()
    assert sorted(data.rglob("*")) == before


def test_data_of_another_version_is_named(tmp_path) -> None:
    data = tmp_path / "postgres" / "data"
    (data / "global").mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    (data / "global" / "pg_control").write_text("")
    with pytest.raises(BrokenData, match=r"made by PostgreSQL 9, this is 18"):
        Postgres(tmp_path / "postgres").start()


def test_data_that_postgresql_refuses_is_named_with_its_words(server) -> None:
    server.start()
    server.stop()
    (server.data / "global" / "pg_control").write_bytes(b"garbage")
    with pytest.raises(BrokenData, match=r"does not start on .*(FATAL|PANIC)"):
        server.start()
