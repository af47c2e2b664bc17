"""Command line of the stub: `python -m sandbox.conceptlens --port 8000` starts the API."""

import argparse
import importlib
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.conceptlens import lifeline, worker
from sandbox.conceptlens.application import Application
from sandbox.conceptlens.behaviour import CRASH_CODE, MODES, Behaviour
from sandbox.conceptlens.desk import Desk
from sandbox.conceptlens.server import InFlight, listen
from sandbox.conceptlens.settings import Settings, Unconfigured
from sandbox.conceptlens.store import Store

TERMINATED = 128 + signal.SIGTERM


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="sandbox.conceptlens", description="A stand-in for the ConceptLens containers."
    )
    parser.add_argument("--role", choices=("api", "worker", "migrate", "program"), default="api")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--fd", type=int, help="listening socket inherited from the starter, instead of --port"
    )
    parser.add_argument(
        "--network",
        type=Path,
        help="file that says where the databases of the container's network listen",
    )
    parser.add_argument("--behaviour", choices=MODES, default="healthy")
    parser.add_argument(
        "--behaviour-file",
        type=Path,
        help="a word in this file overrules --behaviour while the process runs",
    )
    parser.add_argument("--head", default="", help="for program: the head that it is told")
    parser.add_argument("--lifeline", action="store_true", help="exit when standard input closes")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    if chosen.lifeline:
        lifeline.hold()
    behaviour = Behaviour(chosen.behaviour, chosen.behaviour_file)
    if behaviour.mode() == "crash":
        print("fatal: broken on purpose: behaviour 'crash'", file=sys.stderr)
        return CRASH_CODE
    try:
        settings = Settings.read(os.environ)
    except Unconfigured as error:
        print(f"fatal: {error}", file=sys.stderr)
        return 1
    if chosen.role in ("migrate", "program"):
        return migrate(chosen)
    store = Store(settings.database_url, chosen.network)
    application = Application(Desk(settings, store), behaviour)
    return {"api": serve, "worker": work}[chosen.role](chosen, application)


def serve(chosen: argparse.Namespace, application: Application) -> int:
    """Answer until told to stop, then finish what is being answered."""
    in_flight = InFlight(application)
    server = listen(in_flight, chosen.port, chosen.fd)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"conceptlens-api listens on 127.0.0.1:{server.socket.getsockname()[1]}", flush=True)
    server.serve_forever(poll_interval=0.05)
    in_flight.drain(10)
    return TERMINATED


def work(chosen: argparse.Namespace, application: Application) -> int:
    """Compute what is queued where a worker can see it; without a queue that reaches it, idle."""
    if not application.desk.settings.shared_queue:
        print("compute worker polls its own queue file, which stays empty", flush=True)
        signal.pause()  # ends by a signal alone, as upstream's, which handles none
    print("compute worker polls the queue", flush=True)
    worker.work(application.desk, application.behaviour, threading.Event())
    return TERMINATED


def migrate(chosen: argparse.Namespace) -> int:
    """Bring the schema to the head of the image; Alembic is loaded only for this."""
    migrations = importlib.import_module("sandbox.conceptlens.migrations")
    if chosen.role == "program":
        return int(migrations.run_program(chosen.behaviour, chosen.head, chosen.network))
    return int(migrations.upgrade(chosen.behaviour, chosen.network))


if __name__ == "__main__":
    sys.exit(main())
