"""How near the apply of a whole environment comes to its critical path, and how far it is from the command line."""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

LATENCY_MS, ROUNDS = 50, 5
ALLOWED, WANTED_FACTOR = 1.3, 40
BY_HAND = (  # one call of each service that an apply spends most of its calls on
    "network vcn list -c {root}",
    "network subnet list -c {root}",
    "iam compartment list -c {root}",
    "lb load-balancer list -c {root}",
    "kms management vault list -c {root}",
    "vault secret list -c {root}",
    "os ns get",
)


def services() -> None:
    """Start a database of our own and point the settings at it."""
    from portal.sandbox.postgres import OWNER, RUNTIME, Postgres

    postgres = Postgres(Path(tempfile.mkdtemp(prefix="portal-bench-")) / "pg")
    postgres.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.update(
        DATABASE_URL=postgres.url(RUNTIME),
        DATABASE_OWNER_URL=postgres.url(OWNER),
        REDIS_URL="redis://127.0.0.1:1/0",
        SECRET_KEY="bench",
        WEBHOOK_PASSWORD="bench",
        LOG_LEVEL="ERROR",
    )
    import atexit

    atexit.register(postgres.stop)


services()
import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from environments.applying import apply
from environments.jobs import Apply
from environments.models import Environment
from environments.planning import make_plan
from environments.reconcile.converge import Converge
from environments.seed import seed_environments
from portal.cloud.door import Door
from portal.jobs.models import Job
from portal.jobs.runner import Runner
from tests.simulator import Simulator


class Stopwatch:
    """How long each call took, by the step that made it."""

    def __init__(self) -> None:
        self.calls: dict[str, list[float]] = defaultdict(list)
        self._step = threading.local()
        run, check, call = Converge.run, Apply.check, Door._call

        def timed_run(work: Converge) -> Any:
            self._step.name = work.want.key
            return run(work)

        def timed_check(kind: Apply, ctx: Any) -> Any:
            self._step.name = "check"
            return check(kind, ctx)

        def timed_call(door: Door, *args: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(door, *args)
            finally:
                # What the check reads, it reads side by side in threads of its own.
                self.calls[getattr(self._step, "name", "check")].append(time.perf_counter() - began)

        Converge.run, Apply.check, Door._call = timed_run, timed_check, timed_call  # type: ignore[method-assign,assignment]

    def critical_path(self, job: Job) -> float:
        """Return what the slowest chain of calls took: within a step one after the other, between steps along their needs."""
        until: dict[str, float] = {"check": max(self.calls["check"], default=0)}
        for step in Apply().steps(job)[1:]:
            until[step.name] = sum(self.calls[step.name]) + max(until[need] for need in step.needs)
        return max(until.values())

    def count(self) -> int:
        """Return how many calls there were."""
        return sum(map(len, self.calls.values()))


def once(simulator: Simulator, runner: Runner, watch: Stopwatch) -> tuple[float, float, int]:
    """Apply dev to an empty tenancy; return the wall time, the critical path, the number of calls."""
    simulator.reset()
    simulator.control("POST", "/latency", {"ms": LATENCY_MS})
    Environment.objects.all().delete()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    dev = seed_environments({"dev": port})[0]
    plan = make_plan(dev, actor="command:bench")
    watch.calls.clear()
    job = apply(plan, actor="command:bench")
    runner.ring()
    while not job.over:
        time.sleep(0.005)
        job.refresh_from_db(fields=["state", "ended_at", "created_at", "reason", "at_step"])
        assert job.state != "needs_operator", f"{job.at_step}: {job.reason}"
    assert job.state == "succeeded", f"{job.state}: {job.at_step}: {job.reason}"
    measured = (job.ended_at - job.created_at).total_seconds(), watch.critical_path(job), watch.count()
    again = make_plan(dev, actor="command:bench")
    assert again.is_empty, again.counts
    return measured


def command_line(simulator: Simulator, folder: Path) -> float:
    """Return the seconds that one call by the `oci` command takes, by a handful of them."""
    key = folder / "key.pem"
    key.write_text(simulator.tenancy["key"])
    key.chmod(0o600)
    names = ("tenancy", "user", "fingerprint", "region")
    config = folder / "config"
    config.write_text("[DEFAULT]\n" + "".join(f"{name}={simulator.tenancy[name]}\n" for name in names) + f"key_file={key}\n")
    config.chmod(0o600)
    command = [str(Path(sys.executable).parent / "oci"), "--endpoint", simulator.endpoint]
    environment = {**os.environ, "OCI_CLI_CONFIG_FILE": str(config), "SUPPRESS_LABEL_WARNING": "True"}
    times = []
    for words in BY_HAND:
        began = time.perf_counter()
        subprocess.run(
            [*command, *words.format(root=simulator.tenancy["tenancy"]).split()], env=environment, check=True, capture_output=True
        )
        times.append(time.perf_counter() - began)
    return statistics.mean(times)


def main() -> int:
    """Print the two ratios."""
    call_command("migrate", verbosity=0)
    settings.JOB_SCHEDULES = {}
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    simulator = Simulator(folder / "state.sqlite")
    settings.OCI = simulator.settings
    runner = Runner()
    runner.start()
    watch = Stopwatch()
    try:
        runs = [once(simulator, runner, watch) for _ in range(ROUNDS)]
        by_cli = command_line(simulator, folder)
    finally:
        runner.stop()
        simulator.close()
    wall, critical, calls = sorted(runs)[len(runs) // 2]
    factor = calls * by_cli / wall
    print(
        f"apply: wall {wall:.2f} s / critical path {critical:.2f} s = {wall / critical:.2f} (<= {ALLOWED}); "
        f"{calls} calls by the oci command {calls * by_cli:.0f} s = {factor:.0f} x as long (>= {WANTED_FACTOR})"
    )
    return 0 if wall / critical <= ALLOWED and factor >= WANTED_FACTOR else 1


if __name__ == "__main__":
    sys.exit(main())
