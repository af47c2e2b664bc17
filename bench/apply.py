"""How near the apply of an environment comes to its critical path, how far it is from the
command line, what a plan takes.
"""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench._ground import database

LATENCY_MS, ROUNDS = 50, 5
ALLOWED, WANTED_FACTOR, PLAN_SECONDS = 1.2, 60, 2.0
BY_HAND = (  # one call of each service that an apply spends most of its calls on
    "network vcn list -c {root}",
    "network subnet list -c {root}",
    "iam compartment list -c {root}",
    "lb load-balancer list -c {root}",
    "kms management vault list -c {root}",
    "vault secret list -c {root}",
    "os ns get",
)


FOLDER = database(WEBHOOK_PASSWORD="bench")
import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from environments.jobs.plans import Apply
from environments.models import Environment
from environments.reconcile.apply import apply
from environments.reconcile.converge import Converge
from environments.reconcile.graph import in_order
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.cloud import sdk_clients
from portal.cloud.client import CloudClient
from portal.jobs.models import Job
from portal.jobs.runner import Runner
from sandbox.oci.engine import Engine
from tests.simulator import Simulator


@dataclass
class Run:
    """What one apply took: seconds, and how many calls and resources."""

    wall: float
    critical: float
    calls: int
    resources: int
    job: Job
    plan_seconds: float = 0.0


class Stopwatch:
    """How long each call took, by the step that made it."""

    def __init__(self) -> None:
        self.calls: dict[str, list[float]] = defaultdict(list)
        self.made: dict[str, str] = {}  # step: what OCI makes by the creating call of it
        self._step = threading.local()
        run, check, call = Converge.run, Apply.check, CloudClient._call

        def timed_run(work: Converge) -> Any:
            self._step.name = work.want.key
            return run(work)

        def timed_check(kind: Apply, ctx: Any) -> Any:
            self._step.name = "check"
            return check(kind, ctx)

        def timed_call(client: CloudClient, *args: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(client, *args)
            finally:
                # What the check reads, it reads side by side in threads of its own.
                step = getattr(self._step, "name", "check")
                self.calls[step].append(time.perf_counter() - began)
                if str(args[1]).startswith("create_"):
                    self.made[step] = str(args[1]).removeprefix("create_").replace("_", "")

        Converge.run, Apply.check, CloudClient._call = timed_run, timed_check, timed_call  # type: ignore[method-assign,assignment]

    def critical_path(self, job: Job, delays: dict[str, float] | None = None) -> float:
        """Return what the slowest chain takes: within a step its calls one after the other,
        and the time that OCI needs.
        """
        until: dict[str, float] = {"check": max(self.calls["check"], default=0)}
        needs = {step.name: step.needs for step in Apply().steps(job)}
        for name in in_order(needs)[1:]:
            needed = (delays or {}).get(self.made.get(name, ""), 0.0)
            until[name] = sum(self.calls[name]) + needed + max(until[need] for need in needs[name])
        return max(until.values())

    def count(self) -> int:
        """Return how many calls there were."""
        return sum(map(len, self.calls.values()))


def delays() -> dict[str, float]:
    """Return the seconds that the simulator takes to make things, by their name in the
    creating operation.
    """
    kinds = Engine(scale=0.0).kinds.values()
    return {kind.name.lower(): kind.life.create for kind in kinds if kind.life.start}


def once(simulator: Simulator, runner: Runner, watch: Stopwatch, *, scale: float = 0.0) -> Run:
    """Apply dev to an empty tenancy; with a time scale, OCI takes its time to make things."""
    simulator.reset(scale)
    sdk_clients.reset()
    simulator.control("POST", "/latency", {"ms": LATENCY_MS})
    Environment.objects.all().delete()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    dev = seed_environments({"dev": port})[0]
    plan = make_plan(dev, actor="command:bench")
    if not scale:
        watch.calls.clear()
    job = apply(plan, actor="command:bench")
    runner.ring()
    while not job.over:
        time.sleep(0.005)
        job.refresh_from_db(fields=["state", "ended_at", "created_at", "reason", "at_step"])
        assert job.state != "needs_operator", f"{job.at_step}: {job.reason}"
    assert job.state == "succeeded", f"{job.state}: {job.at_step}: {job.reason}"
    found = Run(
        (job.ended_at - job.created_at).total_seconds(),
        watch.critical_path(job),
        watch.count(),
        len(plan.changes),
        job,
    )
    began = time.perf_counter()
    again = make_plan(dev, actor="command:bench")
    found.plan_seconds = time.perf_counter() - began
    assert again.is_empty, again.counts
    return found


def command_line(simulator: Simulator, folder: Path) -> float:
    """Return the seconds that one call by the `oci` command takes, by a handful of them."""
    key = folder / "key.pem"
    key.write_text(simulator.tenancy["key"])
    key.chmod(0o600)
    names = ("tenancy", "user", "fingerprint", "region")
    config = folder / "config"
    config.write_text(
        "[DEFAULT]\n"
        + "".join(f"{name}={simulator.tenancy[name]}\n" for name in names)
        + f"key_file={key}\n"
    )
    config.chmod(0o600)
    command = [str(Path(sys.executable).parent / "oci"), "--endpoint", simulator.endpoint]
    environment = {
        **os.environ,
        "OCI_CLI_CONFIG_FILE": str(config),
        "SUPPRESS_LABEL_WARNING": "True",
    }
    times = []
    for words in BY_HAND:
        began = time.perf_counter()
        subprocess.run(
            [*command, *words.format(root=simulator.tenancy["tenancy"]).split()],
            env=environment,
            check=True,
            capture_output=True,
        )
        times.append(time.perf_counter() - began)
    return statistics.mean(times)


def main() -> int:
    """Print the ratios."""
    call_command("migrate", verbosity=0)
    settings.JOB_SCHEDULES = {}
    simulator = Simulator(FOLDER / "state.sqlite")
    settings.OCI = {**simulator.settings, "rates": settings.OCI["rates"]}
    runner = Runner()
    runner.start()
    watch = Stopwatch()
    try:
        runs = sorted(
            (once(simulator, runner, watch) for _ in range(ROUNDS)), key=lambda run: run.wall
        )
        # The calls of the last quick run are those that are needed; what comes on top in a slow one
        # is polling.
        quick = {step: list(times) for step, times in watch.calls.items()}
        slow = once(simulator, runner, watch, scale=1.0)
        watch.calls = defaultdict(list, quick)
        needed = watch.critical_path(slow.job, delays())
        by_cli = command_line(simulator, FOLDER)
    finally:
        runner.stop()
        simulator.close()
    median = runs[len(runs) // 2]
    ratio, slow_ratio, factor = (
        median.wall / median.critical,
        slow.wall / needed,
        median.calls * by_cli / median.wall,
    )
    print(
        f"apply: {median.resources} resources, OCI takes its time: wall {slow.wall:.2f} s /"
        f" critical path {needed:.2f} s = {slow_ratio:.2f} (<= {ALLOWED}); at once:"
        f" {median.wall:.2f} s / {median.critical:.2f} s = {ratio:.2f}"
    )
    print(
        f"apply: {median.calls} calls by the oci command {median.calls * by_cli:.0f} s ="
        f" {factor:.0f} x as long (>= {WANTED_FACTOR}); plan of it {median.plan_seconds:.2f} s (<="
        f" {PLAN_SECONDS})"
    )
    return (
        0
        if slow_ratio <= ALLOWED and factor >= WANTED_FACTOR and median.plan_seconds <= PLAN_SECONDS
        else 1
    )


if __name__ == "__main__":
    sys.exit(main())
