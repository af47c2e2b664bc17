"""Visitors of the product: a few requests a second, so that load balancers have something to count.

`python -m sandbox.conceptlens.visitors --rate 2 http://127.0.0.1:8011 ...`; an address where nobody
listens is passed by.
"""

import argparse
import contextlib
import http.client
import itertools
import signal
import threading
from urllib.parse import urlsplit

PATHS = ("/", "/api/v1/courses", "/openapi.json", "/api/v1/courses")
PATIENCE = 5.0
LOOK_SECONDS = (
    15.0  # before the first release nobody visits: an error at this pace is below every alarm
)


def visit(address: str, path: str) -> int:
    """Ask once; return the status, 0 when nobody answers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", path, headers={"User-Agent": "sandbox-visitor"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    return 0


def stay(address: str, rate: float, leave: threading.Event) -> None:
    """Visit one address again and again, once it has answered well for the first time."""
    while not 200 <= visit(address, PATHS[0]) < 500:
        if leave.wait(LOOK_SECONDS):
            return
    for path in itertools.cycle(PATHS):
        visit(address, path)
        if leave.wait(1 / rate):
            return


def main() -> None:
    """Visit all addresses until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.conceptlens.visitors", description=__doc__
    )
    parser.add_argument("addresses", nargs="+")
    parser.add_argument("--rate", type=float, default=2.0, help="requests a second, per address")
    chosen = parser.parse_args()
    leave = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: leave.set())
    for address in chosen.addresses:
        threading.Thread(target=stay, args=(address, chosen.rate, leave), daemon=True).start()
    leave.wait()


if __name__ == "__main__":
    main()
