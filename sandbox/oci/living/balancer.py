"""The data plane of one load balancer: listeners that forward HTTP/1.1 to backend sets."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.oci.living import redirects, secured
from sandbox.oci.living.backends import BackendSet, Link, Resolve, SetConfig
from sandbox.oci.living.counters import Counters, Key, Tally
from sandbox.oci.living.hop import (
    HOP_BY_HOP,
    MAX_HEAD,
    Framing,
    Head,
    Malformed,
    framing_of,
    framing_of_answer,
    pass_body,
    plain_answer,
    read_head,
)

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
REPLACED = frozenset(
    {"x-forwarded-for", "x-real-ip", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-host"}
)


@dataclass(frozen=True)
class ListenerConfig:
    """A listener as configured."""

    port: int
    backend_set: str
    idle: float = 60.0
    tls: secured.Tls | None = None
    rules: tuple[redirects.Redirect, ...] = ()


@dataclass(eq=False)
class Client:
    """A connection from outside."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    source: str
    task: asyncio.Task[None] | None = None
    waiting: bool = True


class Listener:
    """One open port."""

    def __init__(self, balancer: "Balancer", name: str, config: ListenerConfig) -> None:
        self.name, self.config = name, config
        self._balancer = balancer
        self._server: asyncio.Server | None = None
        self._context = secured.context(config.tls) if config.tls else None
        self._clients: set[Client] = set()
        self._closing = False

    async def open(self) -> None:
        self._server = await asyncio.start_server(
            self._welcome,
            "127.0.0.1",
            self.config.port,
            limit=MAX_HEAD,
            backlog=512,
            reuse_address=True,
            ssl=self._context,
        )

    def can_become(self, config: ListenerConfig) -> bool:
        """Say whether it can go on as that without a break."""
        return config.port == self.config.port and bool(config.tls) == bool(self.config.tls)

    def become(self, config: ListenerConfig) -> None:
        """Go on as that; a new certificate is for connections that are not there yet."""
        if self._context and config.tls and config.tls != self.config.tls:
            secured.renew(self._context, config.tls)
        self.config = config

    async def close(self) -> None:
        """Stop listening: idle connections are closed, requests being answered are finished
        first.
        """
        self._closing = True
        if self._server:
            for listening in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listening.fileno())
            for _ in range(
                3
                # a connection accepted just now must have met its server: asyncio forgets it
                # otherwise
            ):
                await asyncio.sleep(0)
            self._server.close()
        for client in self._clients:
            if client.waiting and client.task:
                client.task.cancel()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(
            reader, writer, str(writer.get_extra_info("peername")[0]), asyncio.current_task()
        )
        self._clients.add(client)
        try:
            if not await self._balancer.drops(self.config.port):
                await self._serve(client)
        except (
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
        ):
            pass  # the other side is gone, or this listener is
        except Malformed:
            writer.write(plain_answer(400, "Bad Request", close=True))
        finally:
            self._clients.discard(client)
            writer.close()

    async def _serve(self, client: Client) -> None:
        while not self._closing:
            client.waiting = True
            async with asyncio.timeout(self.config.idle):
                head = await read_head(client.reader)
            client.waiting = False
            if head is None or not await self._answer(client, head):
                return

    async def _answer(self, client: Client, head: Head) -> bool:
        """Forward one request; say whether the connection goes on."""
        if len(head.first.split(" ")) != 3:
            raise Malformed("the request line is malformed")
        started = time.monotonic()
        exchange = Exchange(self, client, head)
        status = await exchange.run(self._balancer.sets.get(self.config.backend_set))
        millis = (exchange.head_at or time.monotonic()) - started
        self._balancer.counters.count((self.config.backend_set, self.name), status, millis * 1000)
        return exchange.goes_on and not self._closing

    def forwarded(self, client: Client, head: Head) -> Head:
        """Return the head a backend gets."""
        chain = ", ".join([*head.every("x-forwarded-for"), client.source])
        about = [
            ("X-Real-IP", client.source),
            ("X-Forwarded-For", chain),
            ("X-Forwarded-Proto", "https" if self.config.tls else "http"),
        ]
        about += [
            ("X-Forwarded-Host", head.get("host")),
            ("X-Forwarded-Port", str(self.config.port)),
        ]
        method, target, _ = head.first.split(" ")
        return Head(f"{method} {target} HTTP/1.1", head.without(HOP_BY_HOP | REPLACED) + about)


class Exchange:
    """One request with its answer."""

    def __init__(self, listener: Listener, client: Client, head: Head) -> None:
        self._listener, self._client, self._head = listener, client, head
        self._method = head.first.split(" ")[0]
        self._body = framing_of(head)
        self._body_taken = False
        self.head_at = 0.0
        self.goes_on = head.keeps_alive

    async def run(self, backends: BackendSet | None) -> int:
        """Return the status that went back."""
        sent = redirects.chosen(self._listener.config.rules, self._head.first.split(" ")[1])
        if sent:
            return await self._redirect(sent)
        avoid: set[str] = set()
        while backends and (link := await backends.borrow(self._client.source, avoid)):
            status = await self._try(backends, link)
            if status:
                return status
            # a used connection may just have been closed as idle: that says nothing about its
            # backend
            if not link.used:
                avoid.add(link.backend.name)
        return await self._refuse(502, "Bad Gateway")

    async def _try(self, backends: BackendSet, link: Link) -> int:
        """Return the status, 0 when another connection may be tried."""
        reusable = False
        try:
            answer = await self._send(link)
            self.head_at = time.monotonic()
            reusable = await self._relay(answer, link)
            return answer.status
        except TimeoutError:
            return await self._refuse(504, "Gateway Timeout")
        except (OSError, Malformed, asyncio.IncompleteReadError):
            if self.head_at:
                raise  # half an answer is out: only the end of the connection can tell the client
            return 0 if self._may_repeat() else await self._refuse(502, "Bad Gateway")
        finally:
            backends.give_back(link, reusable=reusable)

    async def _send(self, link: Link) -> Head:
        link.writer.write(self._listener.forwarded(self._client, self._head).encode())
        if self._body != Framing():
            if self._head.get("expect") and not self._body_taken:
                self._client.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._body_taken = True
            await pass_body(self._body, self._client.reader, link.writer)
        async with asyncio.timeout(self._listener.config.idle):
            await link.writer.drain()
            return await self._answer_head(link)

    async def _answer_head(self, link: Link) -> Head:
        while True:
            answer = await read_head(link.reader)
            if answer is None:
                raise ConnectionError("the backend closed without an answer")
            if answer.status >= 200:
                return answer

    async def _relay(self, answer: Head, link: Link) -> bool:
        """Pass the answer on; say whether the backend's connection can serve again."""
        framing = framing_of_answer(answer, self._method)
        self.goes_on = self.goes_on and not framing.to_end
        fields = [
            *answer.without(HOP_BY_HOP),
            ("Connection", "keep-alive" if self.goes_on else "close"),
        ]
        self._client.writer.write(Head(answer.first, fields).encode())
        await pass_body(framing, link.reader, self._client.writer)
        await self._client.writer.drain()
        return answer.keeps_alive and not framing.to_end

    def _may_repeat(self) -> bool:
        """A request whose body is gone, or which may have been acted on, is not sent twice."""
        return not self._body_taken and self._method in IDEMPOTENT

    async def _redirect(self, rule: redirects.Redirect) -> int:
        self.goes_on = self.goes_on and self._body == Framing()
        to = redirects.location(
            rule, self._head.first.split(" ")[1], self._head.get("host"), self._listener.config.port
        )
        fields = [
            ("Location", to),
            ("Content-Length", "0"),
            ("Connection", "keep-alive" if self.goes_on else "close"),
        ]
        self._client.writer.write(Head(f"HTTP/1.1 {rule.status} Redirect", fields).encode())
        await self._client.writer.drain()
        return rule.status

    async def _refuse(self, status: int, reason: str) -> int:
        self.goes_on = self.goes_on and self._body == Framing()
        self._client.writer.write(plain_answer(status, reason, close=not self.goes_on))
        await self._client.writer.drain()
        return status


class Balancer:
    """One load balancer; every method runs on the loop's thread."""

    def __init__(
        self, resolve: Resolve, closed: Callable[[int], bool] | None = None, silent: float = 0.0
    ) -> None:
        self.sets: dict[str, BackendSet] = {}
        self.listeners: dict[str, Listener] = {}
        self.counters = Counters()
        self._resolve = resolve
        self._closed, self._silent = closed, silent

    async def drops(self, port: int) -> bool:
        """Return whether the network keeps visitors from a port, after they waited in vain."""
        if self._closed is None or not await asyncio.to_thread(self._closed, port):
            return False
        await asyncio.sleep(self._silent)
        return True

    async def configure(
        self, sets: dict[str, SetConfig], listeners: dict[str, ListenerConfig]
    ) -> dict[str, str]:
        """Make it so; return the listeners whose port could not be opened, with the reason."""
        for name in [name for name in self.sets if name not in sets]:
            self.sets.pop(name).close()
        for name, config in sets.items():
            self.sets.setdefault(name, BackendSet(self._resolve)).configure(config)
        for name, listener in [*self.listeners.items()]:
            if listeners.get(name) is None or not listener.can_become(listeners[name]):
                await self.listeners.pop(name).close()
        return {
            name: words
            for name, config in listeners.items()
            if (words := await self._listen(name, config))
        }

    async def close(self) -> None:
        await self.configure({}, {})

    async def take(self) -> dict[Key, Tally]:
        """Return what was counted since the last time."""
        return self.counters.take()

    async def _listen(self, name: str, config: ListenerConfig) -> str:
        if name in self.listeners:
            self.listeners[name].become(config)
            return ""
        listener = Listener(self, name, config)
        try:
            await listener.open()
        except OSError as error:
            return f"port {config.port} of 127.0.0.1 cannot be opened: {error.strerror or error}"
        self.listeners[name] = listener
        return ""
