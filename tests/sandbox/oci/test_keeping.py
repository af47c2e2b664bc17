"""The tenancy survives restarts, also sudden ones, and a reset keeps names and keys."""

import sqlite3
import subprocess
import sys

import pytest

from sandbox.oci import surface
from sandbox.oci.store import Due, Record, Store
from tests.patience import patient
from tests.sandbox.oci.conftest import Clients, Estate
from tests.simulator import Simulator


def test_a_killed_simulator_comes_back_with_everything_it_had_answered(tmp_path):
    first = Simulator(tmp_path / "state.sqlite")
    clients = Clients(first)
    details = {"compartmentId": first.tenancy["tenancy"], "name": "kept", "description": "x"}
    made = clients.identity.create_compartment(details, opc_retry_token="t").data
    estate = Estate(clients, first.tenancy["tenancy"], made.id)
    estate.bucket()
    namespace = first.tenancy["namespace"]
    clients.storage.put_object(namespace, "uploads", "a", b"kept")
    first.kill()
    second = Simulator(tmp_path / "state.sqlite")
    try:
        assert (
            second.tenancy["tenancy"] == first.tenancy["tenancy"]
            and second.tenancy["key"] == first.tenancy["key"]
        )
        again = Clients(second)
        assert again.identity.create_compartment(details, opc_retry_token="t").data.id == made.id
        assert again.storage.get_object(namespace, "uploads", "a").data.content == b"kept"
    finally:
        second.close()


def test_a_reset_forgets_resources_and_keeps_names_and_keys(estate, simulator):
    before = simulator.tenancy
    simulator.reset()
    assert simulator.control("GET", "/tenancy") == before
    assert estate.clients.identity.list_compartments(estate.tenancy).data == []


def test_a_busy_port_is_told_in_one_line(simulator, capfd):
    port = int(simulator.endpoint.rpartition(":")[2])
    with pytest.raises(AssertionError, match="ended at start"):
        Simulator(port=port)
    told = capfd.readouterr().err.strip()
    assert str(port) in told and len(told.splitlines()) == 1


def _start(state):
    command = [sys.executable, "-m", "sandbox.oci", "--state", str(state)]
    return subprocess.run(command, capture_output=True, text=True, timeout=patient(20), check=False)


def test_a_state_file_is_used_by_one_simulator_at_a_time(simulator_process):
    state = simulator_process.process.args[simulator_process.process.args.index("--state") + 1]
    second = _start(state)
    assert second.returncode == 1 and second.stderr.strip().endswith("another simulator uses it")


def test_a_foreign_state_file_is_told_in_one_line_and_left_alone(tmp_path):
    (tmp_path / "state").write_text("this is no database at all, but somebody's notes " * 50)
    refused = _start(tmp_path / "state")
    assert (
        refused.returncode == 1
        and len(refused.stderr.strip().splitlines()) == 1
        and "--reset" in refused.stderr
    )
    assert (tmp_path / "state").read_text().startswith("this is no database")


def _record(key="a", **body):
    return Record(kind="x.Y", id=key, body=body)


def _write_and_fail(store):
    with store.transaction():
        store.put(_record(n=2))
        store.put(_record("b"))
        store.write_blob("blob", b"1")
        store.append("audit", "c", 1.0, {})
        raise RuntimeError


def test_a_failed_transaction_leaves_nothing(tmp_path):
    store = Store(tmp_path / "s")
    store.put(_record(n=1))
    with pytest.raises(RuntimeError):
        _write_and_fail(store)
    assert [found.body for found in store.all("x.Y")] == [{"n": 1}]
    assert store.read_blob("blob") == b"" and store.entries("audit", "c", 0, 9) == []
    store.close()
    again = Store(tmp_path / "s")
    assert [found.body for found in again.all("x.Y")] == [{"n": 1}]
    again.close()


def test_records_are_copies_until_they_are_put():
    store = Store()
    store.put(_record(n=1))
    changed = store.get("x.Y", "a")
    changed.body["n"] = 2
    assert store.get("x.Y", "a").body == {"n": 1}
    store.put(changed)
    assert store.get("x.Y", "a").body == {"n": 2}
    store.close()


def test_what_falls_due_comes_in_order_and_survives_a_restart(tmp_path):
    store = Store(tmp_path / "s")
    for key, at in (("late", 30.0), ("early", 10.0), ("moved", 5.0)):
        store.put(Record(kind="x.Y", id=key, body={}, timeline=[Due(at, {})]))
    store.put(Record(kind="x.Y", id="moved", body={}, timeline=[Due(40.0, {})]))
    store.close()
    again = Store(tmp_path / "s")
    assert again.due(9.0) is None and again.due(20.0).id == "early"
    again.remove(again.get("x.Y", "early"))
    assert again.due(35.0).id == "late"
    again.close()


def test_the_reading_of_the_sdk_is_kept_and_a_broken_copy_is_read_again(tmp_path):
    clients = {"audit": ("AuditClient",)}
    first = surface.load(clients, tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_text("{")
    assert surface.load(clients, tmp_path) == first
    assert surface.load(clients, tmp_path) == first
    assert {operation.name for operation in first.operations} == {
        "get_configuration",
        "list_events",
        "update_configuration",
    }


def test_the_state_file_is_a_sound_database(simulator_process):
    state = simulator_process.process.args[simulator_process.process.args.index("--state") + 1]
    with sqlite3.connect(state) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
