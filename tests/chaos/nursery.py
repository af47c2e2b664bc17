"""A process that has everything imported and bears worker processes on demand: `python -m
tests.chaos.nursery URL`.

Each line on standard input is the lease in seconds and the PORTAL_FAULT of a worker to be borne;
its process id is the answer. Workers end on SIGTERM, and all of them with this process.
"""

import ctypes
import os
import signal
import sys
import threading

import django

django.setup()

from django.conf import settings  # noqa: E402

from portal.cloud.client import client as cloud_client  # noqa: E402
from portal.jobs import faults  # noqa: E402
from portal.jobs.runner import Runner  # noqa: E402
from tests.chaos.double import SmallCloudClient  # noqa: E402

PR_SET_PDEATHSIG = 1
SIMULATOR = "simulator"  # instead of the address of the small cloud: whatever OCI the settings name


def work(url: str, lease: str, orders: str) -> None:
    """Be a worker until told to stop."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    settings.JOB_LEASE_SECONDS = float(lease)
    faults.arm(orders)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    runner = Runner(make_client=cloud_client if url == SIMULATOR else lambda: SmallCloudClient(url))
    runner.start()
    while not stop.wait(0.5):
        pass
    runner.stop()


def main() -> None:
    """Bear workers."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are not kept
    for line in sys.stdin:
        lease, _, orders = line.strip().partition(" ")
        pid = os.fork()
        if pid == 0:
            try:
                work(sys.argv[1], lease, orders)
            finally:
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
