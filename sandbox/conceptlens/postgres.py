"""PostgreSQL as the product has it: always by TLS, by a pool, inside the container's network."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from sandbox.conceptlens.database import OPTIONS, Address
from sandbox.conceptlens.store import Rows, Values

CONNECT_SECONDS = 60
POOL = 5  # idle connections that are kept, as SQLAlchemy does
CLAIM: LiteralString = (
    "UPDATE record SET body = jsonb_set(body::jsonb, '{status}', to_jsonb(?::text))::text"
    " WHERE number = (SELECT number FROM record WHERE kind = ? AND body::jsonb ->> 'status' = ?"
    " ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING body"
)


class Postgres:
    """A pool of connections that are not tried before their use, as the product's.

    So the first request after the database dropped them fails, and the next connects again.
    """

    claim = CLAIM

    def __init__(self, address: Address, network: Path | None) -> None:
        self._address, self._network = address, network
        self._lock = threading.Lock()
        self._idle: list[psycopg.Connection[Any]] = []

    def run(self, statement: LiteralString, values: Values) -> Rows:
        """Run one statement."""
        with self._connection() as connection:
            cursor = connection.execute(statement.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or connect(self._address, self._network)
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _give_back(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            if connection.closed:
                stale, self._idle = self._idle, []
            elif len(self._idle) < POOL:
                self._idle.append(connection)
                return
            else:
                stale = [connection]
        for one in stale:
            with suppress(OSError):
                one.close()


def connect(
    address: Address, network: Path | None, *, autocommit: bool = True
) -> psycopg.Connection[Any]:
    """Connect inside the container's network; never outside of it."""
    unknown = [name for name in address.options if name not in OPTIONS]
    if unknown:
        raise TypeError(f"connect() got an unexpected keyword argument {unknown[0]!r}")
    return psycopg.connect(
        host=address.host,
        hostaddr="127.0.0.1",
        port=_way(address, network),
        user=address.user,
        password=address.password,
        dbname=address.name or address.user,
        sslmode="require",  # the product encrypts, and checks neither certificate nor name
        connect_timeout=CONNECT_SECONDS,
        autocommit=autocommit,
    )


def _way(address: Address, network: Path | None) -> int:
    """Return the loopback port at which the sandbox has what the address names."""
    known: Mapping[str, int] = (
        json.loads(network.read_text()) if network and network.exists() else {}
    )
    if port := known.get(f"{address.host}:{address.port}"):
        return port
    if any(place.rpartition(":")[0] == address.host for place in known):
        raise psycopg.OperationalError(_failed(address, "Connection refused"))
    if re.fullmatch(r"[\d.]+|[\da-fA-F:]+:[\da-fA-F:]*", address.host):
        raise psycopg.OperationalError(_failed(address, "Connection timed out"))
    raise psycopg.OperationalError(
        f"failed to resolve host {address.host!r}: [Errno -2] Name or service not known"
    )


def _failed(address: Address, why: str) -> str:
    place = f'connection to server at "{address.host}", port {address.port}'
    return f"connection failed: {place} failed: {why}"
