"""`manage.py sandbox`: the stand-ins, and with --serve the portal itself in front of them."""

import argparse
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sandbox import environment, keys, leftovers, schema
from sandbox.keys import write_private
from sandbox.place import Place
from sandbox.postgres import Postgres
from sandbox.supervisor import Stopping, Supervisor, say
from sandbox.table import Table
from sandbox.trouble import Trouble
from sandbox.welcome import welcome

_ROOT = Path(__file__).resolve().parent.parent


def main(words: Sequence[str]) -> int:
    """Do what the command line asks; 2 means trouble, told in one line."""
    asked = _parse(words)
    place = Place(Path(asked.folder).resolve(), asked.port, asked.time_scale)
    try:
        if asked.reset:
            say(
                f"Nothing to move: {place.folder} does not exist."
                if not place.folder.exists()
                else _put_aside(place)
            )
        elif asked.print_env and _running(place):
            print(place.env_file.read_text(), end="")
        else:
            _run(place, serve=asked.serve, print_env=asked.print_env)
    except Trouble as trouble:
        say(str(trouble))
        return 2
    return 0


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py sandbox", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=8000,
        help="the first of the ports that it takes (the web server's)",
    )
    parser.add_argument(
        "--time-scale",
        type=float,
        default=0.5,
        help="1: OCI's delays and alarm minutes in full; 0.5, the default: half as long",
    )
    parser.add_argument("--folder", default=str(_ROOT / ".sandbox"), help="where it keeps its data")
    parser.add_argument(
        "--serve", action="store_true", help="run the portal's web server and worker too"
    )
    parser.add_argument(
        "--print-env", action="store_true", help="print the environment as KEY=value lines"
    )
    parser.add_argument("--reset", action="store_true", help="move the data aside")
    return parser.parse_args(words)


def _run(place: Place, *, serve: bool, print_env: bool) -> None:
    if "DATABASE_URL" in os.environ and os.environ.get("PORTAL_SANDBOX") != "1":
        raise Trouble(
            "DATABASE_URL is set: this looks like a server, and the sandbox brings its own"
            " database. Unset it first."
        )
    os.umask(0o077)  # keys and passwords of the sandbox are for its owner alone
    place.prepare()
    held = place.lock()
    supervisor = Supervisor(place.folder)
    supervisor.listen()
    try:
        _start(place, supervisor, serve=serve, print_env=print_env)
        supervisor.watch()
    except Stopping:
        pass
    finally:
        place.env_file.unlink(missing_ok=True)
        supervisor.stop()
        held.close()


def _start(place: Place, supervisor: Supervisor, *, serve: bool, print_env: bool) -> None:
    if left := leftovers.stop(place.folder):
        say(f"Stopped {left} processes that an earlier run left behind")
    place.check_ports()
    held = keys.load_or_make(place.folder / "secrets.json")
    server = Postgres(place.folder / "postgres", socket_folder=place.socket_folder)
    server.check_data()
    schema.check(place.folder, _ROOT)
    base = environment.inherited() | {
        "PORTAL_URL": f"http://localhost:{place.port}",
        "OIDC_CLIENT_SECRET": held["OIDC_CLIENT_SECRET"],
    }
    supervisor.start(*Table(place, base).stand_ins(server))
    full = environment.of_parts(place, server, held) | environment.of_tenancy(place)
    table = Table(place, base | full)
    supervisor.run(table.preparation())
    schema.keep(place.folder, _ROOT)
    write_private(place.env_file, environment.lines(full))
    if serve:
        supervisor.start(*table.servers())
        say(welcome(place))
    if print_env:
        print(environment.lines(full), end="", flush=True)


def _running(place: Place) -> bool:
    try:
        place.lock().close()
    except (Trouble, OSError):
        return place.env_file.exists()
    return False


def _put_aside(place: Place) -> str:
    with suppress(
        OSError
    ):  # another user's folder, or no folder at all, cannot be locked, but moved
        place.lock().close()
    leftovers.stop(place.folder)
    return f"Moved to {place.put_aside()}; `make run` starts with an empty sandbox."
