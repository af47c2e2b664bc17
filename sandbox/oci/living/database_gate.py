"""The way to the databases: ends TLS, lets in whom the network rules allow, hides the real names.

Each card that may ask gets a loopback port of its own for each endpoint in its network, so that the
gate knows who connects: PostgreSQL's clients cannot choose the address that they come from.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.oci.living import postgres_wire as wire
from sandbox.oci.living import secured
from sandbox.oci.living.databases import PREFIX, role_of

CHUNK = 1 << 16
FIRST_SECONDS = 60.0  # for the first message, as the server's authentication_timeout
DATABASE = "postgres"  # what a new system has
NO_ENCRYPTION = "28000"


@dataclass(frozen=True)
class Key:
    """Who wants to go where: the client's card, the system, its endpoint's card."""

    client: str
    system: str
    endpoint: str


@dataclass(frozen=True)
class Admission:
    """What becomes of a connection; `problem` says why it does not come through."""

    name: str = ""  # of the database in the server
    admin: str = ""  # the administrator's name as clients know it
    client: str = ""  # the client's private address
    read_only: bool = False
    tls: secured.Tls | None = None
    problem: str = ""
    silent: float = 0.0  # seconds after which a client gives up whose packets are dropped


Admit = Callable[[Key], Admission]


@dataclass
class Gate:
    """All ports of one simulator; every coroutine runs on the loop's thread."""

    server: tuple[str, int]
    admit: Admit  # called on a thread of its own
    _servers: dict[Key, asyncio.Server] = field(default_factory=dict)
    _open: dict[str, set[asyncio.StreamWriter]] = field(default_factory=lambda: defaultdict(set))
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)

    async def port(self, key: Key) -> int:
        """Return the loopback port of a way, opened when it was not."""
        if key not in self._servers:
            self._servers[key] = await asyncio.start_server(
                lambda reader, writer: self._serve(key, reader, writer), "127.0.0.1", 0
            )
        return int(self._servers[key].sockets[0].getsockname()[1])

    def connections(self, system: str) -> int:
        """Return how many clients are connected."""
        return len(self._open.get(system, ()))

    async def forget(self, card: str) -> None:
        """Close the ways of a client's card, or to an endpoint's card, that is gone."""
        for key in [key for key in self._servers if card in (key.client, key.endpoint)]:
            self._servers.pop(key).close()

    async def close(self) -> None:
        """Close all."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        for writers in self._open.values():
            for writer in writers:
                writer.transport.abort()

    async def _serve(
        self, key: Key, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            admission = await asyncio.to_thread(self.admit, key)
            if admission.problem:
                await _ignore(reader, admission.silent)
                return
            await self._pass(key, admission, reader, writer)
        except asyncio.CancelledError:
            pass  # the simulator ends; Python 3.11 would log this as a fault of the server
        except (OSError, EOFError, TimeoutError, wire.Malformed, UnicodeDecodeError):
            pass  # a client that went away, or one that speaks something else
        finally:
            writer.transport.abort()

    async def _pass(
        self,
        key: Key,
        admission: Admission,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        async with asyncio.timeout(FIRST_SECONDS):
            code, body, encrypted = await self._encrypt(admission, reader, writer)
        if code == wire.CANCEL:
            await self._cancel(body)
            return
        asked = wire.startup_of(code, body)
        if not encrypted:
            words = (
                f'no pg_hba.conf entry for host "{admission.client}", user "{asked.user}",'
                f' database "{asked.database}", no encryption'
            )
            writer.write(wire.fatal(NO_ENCRYPTION, words))
            await writer.drain()
            return
        self._open[key.system].add(writer)
        try:
            await self._relay(admission, asked, reader, writer)
        finally:
            self._open[key.system].discard(writer)

    async def _encrypt(
        self, admission: Admission, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[int, bytes, bool]:
        """Answer what comes before the startup message; return that, and whether TLS is on."""
        encrypted = False
        while True:
            code, body = await wire.read_first(reader)
            if code == wire.GSS:
                writer.write(b"N")
                await writer.drain()
            elif code == wire.TLS and not encrypted:
                writer.write(b"S")
                await writer.start_tls(self._context(admission))
                encrypted = True
            else:
                return code, body, encrypted

    def _context(self, admission: Admission) -> ssl.SSLContext:
        if admission.tls is None:
            raise wire.Malformed("no certificate")
        if admission.name not in self._contexts:
            self._contexts[admission.name] = secured.context(admission.tls)
        return self._contexts[admission.name]

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.server
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _cancel(self, body: bytes) -> None:
        _, writer = await self._connect()
        writer.write(struct.pack("!II", len(body) + 8, wire.CANCEL) + body)
        await writer.drain()
        writer.close()

    async def _relay(
        self,
        admission: Admission,
        asked: wire.Startup,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        real = _real(admission, asked)
        from_server, to_server = await self._connect()
        try:
            to_server.write(real.encode())
            inward = asyncio.create_task(_pump(reader, to_server))
            try:
                await _sign_in(from_server, writer, asked, real)
                await _pump(from_server, writer)
            finally:
                inward.cancel()
                await asyncio.gather(inward, return_exceptions=True)
        finally:
            to_server.transport.abort()


def _real(admission: Admission, asked: wire.Startup) -> wire.Startup:
    """Return the startup message with the names that the server knows."""
    own, system = asked.user, admission.name
    user = role_of(system) if own == admission.admin else own
    if own == DATABASE or own.startswith((PREFIX, "pg_", "portal")):
        user = f"{system}_{own}"[:63]  # no role of the sandbox itself: there is none of this name
    database = system if asked.database == DATABASE else f"{system}_{asked.database}"[:63]
    real = asked.replace(user=user, database=database)
    if admission.read_only:
        options = f"{asked.get('options')} -c default_transaction_read_only=on".strip()
        real = real.replace(options=options)
    return real


async def _sign_in(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    asked: wire.Startup,
    real: wire.Startup,
) -> None:
    """Pass on what the server says until it is ready; errors show the names that were asked for."""
    kind = b""
    while kind != wire.READY:
        kind, body = await wire.read_message(reader)
        if kind == wire.ERROR:
            for name, shown in ((real.user, asked.user), (real.database, asked.database)):
                body = body.replace(name.encode(), shown.encode())
        writer.write(wire.message(kind, body))
        await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _ignore(reader: asyncio.StreamReader, seconds: float) -> None:
    """Answer nothing: what a rule does not allow is dropped without a word."""
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(seconds):
            while await reader.read(CHUNK):
                pass
