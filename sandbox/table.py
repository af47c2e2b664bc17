"""The table of the sandbox's parts: how each is started, where it answers."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import valkey
from sandbox.parts import Database, Part, Program, answers_http
from sandbox.place import LISTENERS, Place
from sandbox.postgres import Postgres

_ROOT = Path(__file__).resolve().parent.parent
_WEB = (
    "--host 127.0.0.1 --interface wsgi --workers 2 --blocking-threads 8 --respawn-failed-workers"
    " --workers-kill-timeout 5 --no-ws"
)
_WORKER = (
    "-A portal worker --pool threads --concurrency 4 --loglevel INFO --without-gossip"
    " --without-mingle --without-heartbeat"
)


@dataclass(frozen=True)
class Table:
    """The parts of one place, started with one environment."""

    place: Place
    environment: Mapping[str, str]

    def stand_ins(self, server: Postgres) -> list[Part]:
        """Return the parts that stand in for the world; PostgreSQL first, for the OCI simulator
        keeps the databases of db systems in it.
        """
        parts = [self._identity(), self._valkey(), self._visitors()]
        return [Database(server), self._oci(server), *parts]

    def preparation(self) -> Program:
        """Return the program that migrates the database and seeds it; dev asks for one approval, so
        that the tour shows one.
        """
        listeners = [f"{slug}={self.place.port + offset}" for offset, slug in LISTENERS.items()]
        words = [
            "manage.py",
            "seed",
            "--migrate",
            "--listener-ports",
            *listeners,
            "--approvals",
            "dev=1",
            "--bake-minutes",
            "stage=1",
        ]
        return self._python("prepare", "database schema, seed", words, lambda: True)

    def servers(self) -> list[Part]:
        """Return the portal itself."""
        address = f"http://localhost:{self.place.port}"
        web = f"-m granian portal.wsgi:application --port {self.place.port} {_WEB}".split()
        worker = f"-m celery {_WORKER}".split()
        log = self.place.log("worker")
        return [
            self._python(
                "worker", f"jobs; log in {log}", worker, lambda: b" ready." in log.read_bytes()
            ),
            self._python(
                "web", address, web, lambda: answers_http(f"http://{self.place.at(0)}/healthz")
            ),
        ]

    def _oci(self, server: Postgres) -> Program:
        ports = ["--port", str(self.place.port + 2), "--control-port", str(self.place.port + 3)]
        words = ["-m", "sandbox.oci", *ports, "--state", str(self.place.folder / "oci.sqlite")]
        words += [
            "--credentials",
            str(self.place.folder / "oci"),
            "--time-scale",
            str(self.place.time_scale),
            "--portal-policy",
            str(_ROOT / "docs" / "portal-policy.txt"),  # what an operator is told to write
            "--postgres",
            server.dsn(),
        ]
        control = f"http://{self.place.at(3)}"
        return self._python(
            "oci",
            f"http://{self.place.at(2)}, control {control}",
            words,
            lambda: answers_http(f"{control}/tenancy"),
        )

    def _identity(self) -> Program:
        address = f"http://{self.place.at(1)}"
        words = ["-m", "sandbox.identity", "--port", str(self.place.port + 1)]
        return self._python(
            "identity",
            address,
            words,
            lambda: answers_http(f"{address}/.well-known/openid-configuration"),
        )

    def _visitors(self) -> Program:
        """Without them an alarm on what the product answers would have nothing to count."""
        addresses = [f"http://{self.place.at(offset)}" for offset in LISTENERS]
        words = ["-m", "sandbox.conceptlens.visitors", *addresses]
        return self._python("visitors", f"ask {', '.join(addresses)}", words, lambda: True)

    def _valkey(self) -> Program:
        port = self.place.port + 4
        return self._program(
            "valkey",
            self.place.at(4),
            valkey.command(self.place.folder / "valkey", port),
            lambda: valkey.answers(port),
        )

    def _python(
        self, name: str, address: str, words: list[str], ready: Callable[[], bool]
    ) -> Program:
        return self._program(name, address, [sys.executable, *words], ready)

    def _program(
        self, name: str, address: str, command: list[str], ready: Callable[[], bool]
    ) -> Program:
        return Program(name, address, self.place, command, self.environment, ready, cwd=_ROOT)
