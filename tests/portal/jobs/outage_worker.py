"""A worker process for tests that cut its wire: `python -m tests.portal.jobs.outage_worker`."""

import signal
import threading

import django

django.setup()

from django.conf import settings  # noqa: E402

from portal.jobs.runner import Runner  # noqa: E402
from tests.portal.jobs import kinds  # noqa: E402
from tests.portal.jobs.cloud import FakeCloud  # noqa: E402


def main() -> None:
    settings.JOB_KINDS = {**kinds.TABLE, "tests.tick": kinds.TABLE["tests.look"]}
    settings.JOB_SCHEDULES = {"tick": ("tests.tick", 1)}
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    runner = Runner(make_client=FakeCloud)
    runner.start()
    print("ready", flush=True)
    stop.wait()
    runner.stop()


if __name__ == "__main__":
    main()
