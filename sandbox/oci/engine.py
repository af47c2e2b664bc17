"""The simulator's heart: services, records, time, background work."""

from __future__ import annotations

import importlib
import threading
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.oci import lifecycle, principals, surface, verbs, work_requests
from sandbox.oci.clock import Clock, wire
from sandbox.oci.exchange import PREFIX
from sandbox.oci.faults import Faults
from sandbox.oci.iam.decisions import Decisions
from sandbox.oci.iam.grants import Index
from sandbox.oci.journal import Journal
from sandbox.oci.router import Router
from sandbox.oci.service import Body, Kind, Service
from sandbox.oci.services import MODULES
from sandbox.oci.shapes import Shapes
from sandbox.oci.store import Record, Store
from sandbox.oci.tenancy import HOME, ocid

TICK = 0.05  # seconds between looks at what fell due when nobody calls


class Engine:
    """One tenancy; see the package's docstring for what services use of it."""

    def __init__(
        self,
        file: Path | None = None,
        *,
        scale: float = 1.0,
        services: Iterable[Service] | None = None,
        portal_statements: Sequence[str] | None = None,
        postgres: str = "",
    ) -> None:
        self.portal_statements = portal_statements  # None: its user is an administrator
        self.services = {service.name: service for service in services or map(_service, MODULES)}
        table = surface.load({name: service.clients for name, service in self.services.items()})
        self.shapes = Shapes(table)
        self.router = Router(table.operations)
        self.operations = {operation.key: operation for operation in table.operations}
        self.kinds = {
            f"{name}.{kind.name}": kind
            for name, service in self.services.items()
            for kind in service.kinds
        }
        self.kinds[work_requests.KEY] = work_requests.KIND
        self.referrers = _referrers(self.services)
        self.handlers = {
            f"{name}.{operation}": handler
            for name, service in self.services.items()
            for operation, handler in verbs.bind(
                service, (item for item in table.operations if item.service == name)
            ).items()
        }
        self.file = file
        self.postgres = postgres  # DSN of a superuser; without it no database is behind psql
        self.store = Store(file)
        self.clock = Clock(scale)
        self.faults = Faults()
        self.journal = Journal()
        self.limits: dict[str, int] = {}
        self.decisions = Decisions()
        self.policies: Index | None = None  # kept by iam.grants until a policy changes
        self.words = {kind.word: key for key, kind in self.kinds.items() if kind.word}
        self.address = ""
        self.stopping = threading.Event()
        self.seed = principals.seed(self.store)
        self._running: threading.Event | None = None
        if not self.store.all("identity.Compartment"):
            self._sow()

    @property
    def tenancy(self) -> str:
        """The OCID of the tenancy, which is its root compartment."""
        return self.seed.tenancy

    @cached_property
    def issuer(self) -> rsa.RSAPrivateKey:
        """The key that signs session and resource principal tokens."""
        key = serialization.load_pem_private_key(self.seed.issuer.encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("the issuer's key is not an RSA key")
        return key

    def wire_now(self) -> str:
        """Return the simulated moment as OCI writes it."""
        return wire(self.clock.now())

    def endpoint_of(self, resource: str) -> str:
        """Return the endpoint that belongs to one resource; a call there finds the OCID in
        `call.at`.
        """
        return f"{self.address}{PREFIX}{resource}"

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """Hold the lock with everything due applied; all writes are kept at the end, or none."""
        with self.store.transaction() as store:
            lifecycle.settle(self)
            yield store

    def new_record(
        self, key: str, body: Body, hidden: Body | None = None, *, hidden_for: float = 0.0
    ) -> Record:
        """Return a record of a kind, not yet stored: id, times, first state, and the way to the
        next.
        """
        kind, now = self.kinds[key], self.clock.now()
        fields = self.shapes.fields(key.partition(".")[0], kind.name)
        body = dict(body)
        if kind.word:
            body.setdefault(kind.id_field, ocid(kind.word, HOME if kind.regional else ""))
        if "timeCreated" in fields:
            body.setdefault("timeCreated", wire(now))
        if "displayName" in fields and kind.name_field == "displayName":
            body.setdefault(
                "displayName",
                f"{kind.word}{wire(now)[:19].replace('-', '').replace(':', '').replace('T', '')}",
            )
        for tags in {"freeformTags", "definedTags"} & fields:
            body.setdefault(tags, {})
        record = Record(
            kind=key,
            id=_id(kind, body),
            body=body,
            hidden=hidden or {},
            created=now,
            visible=now + hidden_for,
        )
        if kind.life.start:
            body[kind.state_field] = kind.life.start
            lifecycle.schedule(self, record, kind.life.create, {kind.state_field: kind.life.ready})
        elif kind.life.ready:
            body.setdefault(kind.state_field, kind.life.ready)
        return record

    def schedule(self, record: Record, seconds: float, changes: Body) -> Record:
        """Change a record after some simulated seconds, and store it."""
        lifecycle.schedule(self, record, seconds, changes)
        return self.store.put(record)

    def retire(self, record: Record, seconds: float | None = None) -> None:
        """Begin the deletion of a record."""
        kind = self.kinds[record.kind]
        if not kind.life.gone:
            self.store.remove(record)
            return
        record.timeline = []
        record.body[kind.state_field] = kind.life.ending or kind.life.gone
        self.schedule(
            record,
            kind.life.delete if seconds is None else seconds,
            {kind.state_field: kind.life.gone},
        )

    def show(self, record: Record) -> Body:
        """Return what the API may show of a record."""
        kind = self.kinds.get(record.kind)
        return (
            {**record.body, **kind.present(self, record)} if kind and kind.present else record.body
        )

    def emit(self, topic: str, payload: Body) -> None:
        """Tell the services that listen."""
        for service in self.services.values():
            if topic in service.listens:
                service.listens[topic](self, payload)

    def every(self, seconds: float, work: Callable[[Engine], Any], name: str) -> None:
        """Call work(engine) again and again in a thread, until the engine stops."""
        running = self._running or self.stopping

        def loop() -> None:
            while not running.wait(seconds):
                try:
                    work(self)
                except Exception:
                    # a bug of the simulator; the next round may still do its work
                    traceback.print_exc()

        threading.Thread(target=loop, name=name, daemon=True).start()

    def principal_token(self, resource: str, compartment: str) -> dict[str, str]:
        """Return {"token", "key", "region"} with which a resource signs (resource principal version
        2.2).
        """
        return principals.issue(self, resource, "resource", compartment)

    def start(self) -> None:
        """Begin background work."""
        self._running = threading.Event()
        self.every(TICK, _tick, "oci-clock")
        for service in self.services.values():
            if service.start:
                service.start(self)

    def stop(self) -> None:
        """End background work."""
        if self._running:
            self._running.set()
            self._running = None
        for service in self.services.values():
            if service.stop:
                service.stop(self)

    def reset(self, portal_statements: Sequence[str] | None = None) -> None:
        """Return to a new tenancy with the same names and keys."""
        self.portal_statements = portal_statements
        running = self._running is not None
        self.stop()
        with self.store.transaction():
            self.store.clear()
            principals.keep(self.store, self.seed)
            self._sow()
        self.faults.clear()
        self.journal.clear()
        self.limits.clear()
        self.clock.skipped = 0.0
        if running:
            self.start()

    def close(self) -> None:
        """Stop for good."""
        self.stopping.set()
        self.stop()
        self.store.close()

    def _sow(self) -> None:
        for service in self.services.values():
            if service.seed:
                service.seed(self)


def _tick(engine: Engine) -> None:
    if engine.store.due(engine.clock.now()):
        with engine.transaction():
            pass


def _id(kind: Kind, body: Body) -> str:
    if not kind.key:
        return str(body[kind.id_field])
    key = "/".join(str(body[name]) for name in kind.key)
    return key.lower() if kind.ignores_case else key


def _service(module: str) -> Service:
    found = importlib.import_module(f"sandbox.oci.services.{module}").SERVICE
    if not isinstance(found, Service):
        raise TypeError(f"services/{module}.py does not end with a Service")
    return found


def _referrers(services: dict[str, Service]) -> dict[str, list[tuple[str, str]]]:
    """Turn `references` around: kind -> the kinds and paths that point to it."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, service in services.items():
        for kind in service.kinds:
            for path, targets in kind.references.items():
                for target in (targets,) if isinstance(targets, str) else targets:
                    found[target if "." in target else f"{name}.{target}"].append(
                        (f"{name}.{kind.name}", path)
                    )
    return found
