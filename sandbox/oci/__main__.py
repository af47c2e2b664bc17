"""Runs the simulator: `python -m sandbox.oci --port N --control-port M --state FILE`."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import sqlite3
import sys
import threading
from functools import partial
from pathlib import Path

from sandbox.oci import control, gate
from sandbox.oci.engine import Engine
from sandbox.oci.server import Server
from sandbox.oci.tenancy import HOME


def main() -> int:
    """Serve until told to stop."""
    options = _options()
    os.umask(0o077)  # the state and the credentials hold private keys
    try:
        _claim(options.state, reset=options.reset)
        statements = _statements(options.portal_policy)
        engine = Engine(
            options.state,
            scale=options.time_scale,
            portal_statements=statements,
            postgres=options.postgres,
        )
    except (BlockingIOError, sqlite3.DatabaseError) as error:
        why = (
            "another simulator uses it"
            if isinstance(error, BlockingIOError)
            else f"{error}; --reset begins a new one"
        )
        print(f"the OCI simulator cannot use {options.state}: {why}", file=sys.stderr)
        return 1
    try:
        api = Server(options.host, options.port, partial(gate.answer, engine))
        door = Server("127.0.0.1", options.control_port, partial(control.answer, engine))
    except OSError as error:
        print(
            f"the OCI simulator cannot listen on {options.port} or {options.control_port}:"
            f" {error.strerror}",
            file=sys.stderr,
        )
        return 1
    _serve(engine, api, door, options)
    return 0


def _serve(engine: Engine, api: Server, door: Server, options: argparse.Namespace) -> None:
    engine.address = f"http://{options.host}:{api.port}"
    if options.credentials:
        _write_credentials(engine, options.credentials)
    engine.start()
    for server in (api, door):
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        ).start()
    print(
        json.dumps({"endpoint": engine.address, "control": f"http://127.0.0.1:{door.port}"}),
        flush=True,
    )
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    stop.wait()
    engine.stopping.set()
    for server in (api, door):
        server.shutdown()
        server.server_close()
    engine.close()


def _claim(state: Path | None, *, reset: bool) -> None:
    """Hold the state file until this process ends, however it ends: two would overwrite each
    other's records.
    """
    if state is None:
        return
    fcntl.flock(
        os.open(f"{state}.lock", os.O_CREAT | os.O_WRONLY, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB
    )
    for suffix in ("", "-wal", "-shm") if reset else ():
        Path(f"{state}{suffix}").unlink(missing_ok=True)


def _statements(file: Path | None) -> list[str] | None:
    """Return the statements of a file: one a line, `#` begins a comment."""
    if file is None:
        return None
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.oci", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument(
        "--state", type=Path, help="file that keeps the tenancy; without it nothing is kept"
    )
    parser.add_argument(
        "--reset", action="store_true", help="forget the tenancy in the state file, keys included"
    )
    parser.add_argument(
        "--time-scale", type=float, default=1.0, help="multiplies lifecycle delays; 0: none"
    )
    parser.add_argument(
        "--portal-policy",
        type=Path,
        help="file with the policy statements of the portal's user, one a line;"
        " without it the user is an administrator",
    )
    parser.add_argument(
        "--postgres",
        default="",
        metavar="DSN",
        help="superuser of a PostgreSQL server that holds the databases of db systems; without it"
        " there is nothing to connect to",
    )
    parser.add_argument(
        "--credentials",
        type=Path,
        help="folder that gets a config file and key for the `oci` command line",
    )
    return parser.parse_args()


def _write_credentials(engine: Engine, folder: Path) -> None:
    """Write one profile per seeded user: [DEFAULT] is the portal's, [operator] is a person's."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for position, user in enumerate(engine.seed.users):
        key = folder / f"{user['name']}.pem"
        key.touch(mode=0o600)
        key.write_text(user["key"])
        lines += [
            f"[{user['name'] if position else 'DEFAULT'}]",
            f"user={user['ocid']}",
            f"fingerprint={user['fingerprint']}",
        ]
        lines += [f"tenancy={engine.tenancy}", f"region={HOME}", f"key_file={key.resolve()}", ""]
    config = folder / "config"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
