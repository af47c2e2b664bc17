"""Endpoints of vaults: at first no connection to a new one is possible."""

from __future__ import annotations

from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import PREFIX
from sandbox.oci.late_port import HOST, LatePort
from sandbox.oci.store import Record

REACHABLE_AFTER = 30.0  # simulated seconds (times the time scale); reports name up to a minute
VAULT = "key_management.Vault"
_ports: dict[str, LatePort] = {}  # by the OCID of the vault


def reserve(call: Call, record: Record) -> None:
    """Give a new vault a port of its own that nobody serves yet."""
    seconds = call.engine.clock.scaled(REACHABLE_AFTER)
    if call.unknown:
        seconds = call.unknown.seconds
    if seconds:
        record.hidden["reachableFrom"] = call.now + seconds
        record.hidden["port"] = _open(call.engine, record).port


def address_of(engine: Engine, record: Record) -> str:
    """Return the address of a vault's keys: under the API's, or at its own port."""
    port = record.hidden.get("port")
    return f"http://{HOST}:{port}{PREFIX}{record.id}" if port else engine.endpoint_of(record.id)


def open_all(engine: Engine) -> None:
    """Take the ports of the vaults that are kept from the last run."""
    for record in engine.store.living(VAULT):
        if record.hidden.get("port") and record.id not in _ports:
            _open(engine, record)


def close_all(engine: Engine) -> None:
    """Give the ports back."""
    for record in engine.store.living(VAULT):
        if port := _ports.pop(record.id, None):
            port.close()


def _open(engine: Engine, record: Record) -> LatePort:
    since = record.hidden["reachableFrom"]
    port = LatePort(
        lambda: engine.clock.now() >= since,
        lambda: engine.address,
        record.hidden.get("port", 0),
    )
    _ports[record.id] = port
    return port
