"""What is behind a PostgreSQL system when the simulator was given a server: a database of its own.

Without one there is nothing to connect to, and everything else is as with one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterable
from pathlib import Path

from sandbox.oci import errors, reachability
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.living import databases, secured, whole
from sandbox.oci.living.database_gate import Admission, Gate, Key
from sandbox.oci.living.databases import Databases
from sandbox.oci.service import Body
from sandbox.oci.services import cards, psql_places, vault
from sandbox.oci.store import Record

SYSTEM, INSTANCE, CARD = "psql.DbSystem", "container_instances.ContainerInstance", "core.Vnic"
SERVES = ("ACTIVE", "UPDATING", "NEEDS_ATTENTION")
OFFLINE_SECONDS = 3.0  # how long a restart refuses connections
_lock = threading.Lock()


def of(engine: Engine) -> Databases | None:
    """Return the databases of this simulator; None when it was given no server."""
    living = whole.of(engine)
    with _lock:
        if engine.postgres and living.databases is None:
            living.databases = Databases(engine.postgres, f"{engine.tenancy} of the OCI simulator")
            living.gate = Gate(living.databases.address, lambda key: _admit(engine, key))
    return living.databases


def begin(engine: Engine) -> None:
    """Drop what an earlier tenancy left."""
    if found := of(engine):
        found.sweep({databases.name_of(record.id) for record in engine.store.living(SYSTEM)})


def set_login(call: Call, record: Record, details: Body) -> None:
    """Keep what PostgreSQL keeps of a password; the administrator signs in with it from now on."""
    password = _password(call, details)
    record.hidden["verifier"] = databases.verifier_of(password)
    if found := of(call.engine):
        found.set_login(databases.name_of(record.id), record.hidden["verifier"])


def _password(call: Call, details: Body) -> str:
    if details["passwordType"] == "PLAIN_TEXT":
        return str(details["password"])
    secret = call.find("vault.Secret", details["secretId"])
    content = base64.b64decode(vault.open_version(call, secret, int(details["secretVersion"])))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise errors.invalid(f"The secret {secret.id} holds no text.") from error


def interrupt(engine: Engine, record: Record) -> None:
    """Drop the connections; refuse new ones until the instances are up again."""
    if found := of(engine):
        down = engine.clock.scaled(OFFLINE_SECONDS)
        record.hidden["offline"] = engine.clock.now() + down
        found.disconnect(databases.name_of(record.id))


def drop(engine: Engine, record: Record) -> None:
    """Drop the database of a system that is gone; its backups stay."""
    found = of(engine)
    if found and found.used:
        found.drop(databases.name_of(record.id))


def back_up(engine: Engine, system: Record, backup: Record) -> None:
    """Keep a copy of the content, and of the login that goes with it."""
    for name in ("verifier", "admin"):
        backup.hidden[name] = system.hidden.get(name, "")
    backup.hidden["admin"] = system.body.get("adminUsername", "")
    if (found := of(engine)) and (dump := found.dump(databases.name_of(system.id))):
        engine.store.write_blob(backup.id, dump)


def forget_backup(engine: Engine, backup: Record) -> None:
    """Drop the copy that a deleted backup kept."""
    engine.store.remove_blob(backup.id)


def restore(engine: Engine, system: Record, backup: str, *, foreign: bool) -> None:
    """Put the content of a backup into a system."""
    if found := of(engine):
        dump = engine.store.read_blob(backup)
        if dump or not foreign:
            name, verifier = databases.name_of(system.id), system.hidden["verifier"]
            found.load(name, verifier, dump, foreign=foreign)


def check_moment_kept(engine: Engine) -> None:
    """A moment of the past cannot be had: the server keeps no log of changes."""
    if of(engine):
        raise errors.not_implemented(
            "Restoring to a moment is not simulated with real databases; restore a backup."
        )


def connections(engine: Engine, system: Record) -> int | None:
    """Return how many clients are connected; None when there is no server."""
    gate = whole.of(engine).gate
    return gate.connections(system.id) if gate else None


def _admit(engine: Engine, key: Key) -> Admission:
    """Decide about a new connection: state first, then the rules of the network."""
    with engine.transaction() as store:
        system, client = store.get(SYSTEM, key.system), store.get(CARD, key.client)
        endpoint = store.get(CARD, key.endpoint)
        if not (system and client and endpoint) or endpoint.gone or client.gone:
            return Admission(problem="there is nothing")
        ends = cards.card_of(store, client), cards.card_of(store, endpoint)
        problem = reachability.why_not(*ends, psql_places.PORT)
        if problem:
            silent = engine.clock.scaled(reachability.SILENCE_SECONDS)
            return Admission(problem=problem, silent=silent)
        state = system.body["lifecycleState"]
        if state not in SERVES or engine.clock.now() < system.hidden.get("offline", 0):
            return Admission(problem=f"the system is {state}")
        hidden = system.hidden
    name = databases.name_of(system.id)
    found = of(engine)
    if found is None or not hidden.get("verifier"):
        return Admission(problem="there is no database")
    found.make(name, hidden["verifier"])
    chain, key_pem = hidden["tls"]
    instance = next(role for role, (card, _) in hidden["cards"].items() if card == key.endpoint)
    return Admission(
        name=name,
        admin=system.body.get("adminUsername", ""),
        client=client.body["privateIp"],
        read_only=instance not in (psql_places.PRIMARY, hidden["primary"]),
        tls=secured.Tls(chain, key_pem, ("TLSv1.2", "TLSv1.3")),
    )


def network_file(engine: Engine, instance: str) -> Path:
    """Return the file that tells the containers of an instance where the databases of their network
    really listen: {"<name or address>:<port>": <loopback port>}.
    """
    return whole.of(engine).folder / f"{instance[-24:]}.json"


async def open_ways(engine: Engine, instance: str) -> None:
    """Open a way from an instance to each endpoint in its network; write them down."""
    if of(engine) is None:
        return
    ways = await asyncio.to_thread(_ways, engine, instance)
    file, gate = network_file(engine, instance), whole.of(engine).gate
    if gate is None:
        return
    table = {place: await gate.port(key) for key, places in ways for place in places}
    await asyncio.to_thread(_write, file, table)


def _ways(engine: Engine, instance: str) -> list[tuple[Key, list[str]]]:
    with engine.transaction() as store:
        record = store.get(INSTANCE, instance)
        client = store.get(CARD, record.body["vnics"][0]["vnicId"]) if record else None
        if client is None:
            return []
        vcn = _vcn(engine, client)
        return [
            way
            for system in store.living(SYSTEM)
            if system.hidden.get("tls") and _vcn_of_system(engine, system) == vcn
            for way in _ways_to(client, system)
        ]


def _ways_to(client: Record, system: Record) -> Iterable[tuple[Key, list[str]]]:
    for role, name in psql_places.roles_of(system).items():
        card, address = system.hidden["cards"][name]
        hosts = (psql_places.name_of(system, role), address)
        yield (
            Key(client.id, system.id, card),
            [f"{host}:{psql_places.PORT}" for host in hosts],
        )


def refresh(engine: Engine, system: Record) -> None:
    """Tell the containers of a system's network of its endpoints, which are new or others."""
    living, vcn = whole.of(engine), _vcn_of_system(engine, system)
    if of(engine) is None:
        return
    for instance in engine.store.living(INSTANCE):
        client = engine.store.get(CARD, instance.body["vnics"][0]["vnicId"])
        if client and _vcn(engine, client) == vcn:
            living.loop.begin(open_ways(engine, instance.id))


def close_ways(engine: Engine, card: str) -> None:
    """Close the ways from or to a card that is gone."""
    living = whole.of(engine)
    if living.gate:
        living.loop.begin(living.gate.forget(card))


def overview(engine: Engine, payload: Body) -> dict[str, dict[str, int]]:
    """Return where each container instance finds the databases of its network."""
    found = {}
    for instance in engine.store.living(INSTANCE):
        file = network_file(engine, instance.id)
        if file.exists():
            found[instance.id] = json.loads(file.read_text())
    return found


def _vcn(engine: Engine, card: Record) -> str:
    subnet = engine.store.get("core.Subnet", card.body["subnetId"])
    return str(subnet.body["vcnId"]) if subnet else ""


def _vcn_of_system(engine: Engine, system: Record) -> str:
    subnet = engine.store.get("core.Subnet", system.body["networkDetails"]["subnetId"])
    return str(subnet.body["vcnId"]) if subnet else "none"


def _write(file: Path, table: dict[str, int]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.write_text(json.dumps(table))
    scratch.replace(file)
