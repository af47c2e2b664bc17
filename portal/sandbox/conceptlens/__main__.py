"""Command line of the stub: `python -m portal.sandbox.conceptlens --port 8000` starts the API."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from portal.sandbox.conceptlens import lifeline
from portal.sandbox.conceptlens.application import Application
from portal.sandbox.conceptlens.behaviour import CRASH_CODE, MODES, Behaviour
from portal.sandbox.conceptlens.desk import Desk
from portal.sandbox.conceptlens.entrypoint import SecretUnreadable, resolved
from portal.sandbox.conceptlens.server import Server
from portal.sandbox.conceptlens.settings import Settings, Unconfigured
from portal.sandbox.conceptlens.store import REVISIONS, Store

TERMINATED = 128 + signal.SIGTERM


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="portal.sandbox.conceptlens", description="A stand-in for the ConceptLens containers.")
    parser.add_argument("--role", choices=("api", "worker", "migrate"), default="api")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--fd", type=int, help="listening socket inherited from the starter, instead of --port")
    parser.add_argument("--shared-file", default="", help="SQLite file, unless DATABASE_URL is sqlite:///…; none: memory")
    parser.add_argument("--behaviour", choices=MODES, default="healthy")
    parser.add_argument("--behaviour-file", type=Path, help="a word in this file overrules --behaviour while the process runs")
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
        settings = Settings.read(resolved(os.environ))
    except (Unconfigured, SecretUnreadable) as error:
        print(f"fatal: {error}", file=sys.stderr)
        return 1
    store = Store(settings.file(chosen.shared_file))
    return {"api": serve, "worker": work, "migrate": migrate}[chosen.role](chosen, Application(Desk(settings, store), behaviour))


def serve(chosen: argparse.Namespace, application: Application) -> int:
    """Answer until told to stop, then finish what is being answered."""
    with Server(application.answer, chosen.port, chosen.fd) as server:
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"conceptlens-api listens on 127.0.0.1:{server.socket.getsockname()[1]}", flush=True)
        server.serve_forever(poll_interval=0.05)
        server.drain(10)
    return TERMINATED


def work(chosen: argparse.Namespace, application: Application) -> int:
    """Idle as upstream's worker does without jobs."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    print("compute worker polls the queue", flush=True)
    stop.wait()
    return TERMINATED


def migrate(chosen: argparse.Namespace, application: Application) -> int:
    """Bring the schema to its head, printing what `alembic upgrade head` prints."""
    store = application.desk.store
    at = store.revision()
    for revision in REVISIONS[REVISIONS.index(at) + 1 if at in REVISIONS else 0 :]:
        print(f"INFO  [alembic.runtime.migration] Running upgrade {at or ''} -> {revision}", flush=True)
        store.migrate(revision)
        at = revision
    print(f"{at} (head)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
