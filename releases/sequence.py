"""The order of the steps: of a deployment, of a rollback, and of the way back from a deployment that failed."""

from collections.abc import Mapping
from typing import Any

from portal.jobs.definition import Step
from releases.steps import (
    add_backend,
    await_backends,
    check_images,
    clean_up,
    drain,
    remove_new,
    smoke,
    start_instance,
    switch_workers,
    wait_healthy,
)

Results = Mapping[str, Mapping[str, Any]]


def deploy(plan: Mapping[str, Any]) -> list[Step]:
    """Return the steps of a plan: new instances beside the old ones, traffic over, test, then the old ones at rest."""
    counts, old = plan["place"]["counts"], plan["previous"] or {"version": "", "api": [], "workers": []}
    api, workers = range(1, counts["api"] + 1), range(1, counts["worker"] + 1)
    steps = [check_images.step()]
    for number in api:
        steps += [
            start_instance.step("api", number, needs=("check_images",)),
            wait_healthy.step("api", number),
            add_backend.step(number),
        ]
    added = tuple(add_backend.name(number) for number in api)
    steps.append(drain.step("drain_old", f"Drain {old['version'] or 'the old instances'}", backends(old), on=True, needs=added))
    for number in workers:
        steps += [start_instance.step("worker", number, needs=("drain_old",)), wait_healthy.step("worker", number)]
    started = tuple(wait_healthy.name("worker", number) for number in workers)
    return [
        *steps,
        smoke.step(needs=("drain_old", *started)),
        switch_workers.step(
            "stop_old_workers", "Stop the old workers, kept for rollback", old["workers"], on=False, needs=("smoke",)
        ),
        clean_up.step(plan["retire"], needs=("smoke",)),
    ]


def undo_deploy(plan: Mapping[str, Any], results: Results) -> list[Step]:
    """Return the way back: traffic to the old instances first, then the new ones out."""
    old, new = plan["previous"] or {"version": "", "api": [], "workers": []}, added(plan, results)
    steps: list[Step] = []
    if old["api"] and new:
        back = drain.step("undrain_old", f"Give the traffic back to {old['version']}", backends(old), on=False)
        steps += [back, await_backends.step("await_old", f"Wait until {old['version']} is well", backends(old), needs=())]
        steps += [drain.step("drain_new", "Drain the new instances", new, on=True)]
    if "stop_old_workers" in results:
        steps.append(switch_workers.step("start_old_workers", "Start the old workers again", old["workers"], on=True))
    return [*steps, remove_new.step(new)]


def rollback(spec: Mapping[str, Any]) -> list[Step]:
    """Return the steps of an instant rollback: the first call lets the kept instances take traffic again."""
    kept, live = spec["to"], spec["from"]
    return [
        drain.step("undrain_old", f"Let {kept['version']} take traffic again", backends(kept), on=False),
        await_backends.step("await_old", f"Wait until {kept['version']} is well", backends(kept), needs=("undrain_old",)),
        drain.step("drain_new", f"Drain {live['version']}", backends(live), on=True, needs=("await_old",)),
        switch_workers.step("start_old_workers", "Start its workers again", kept["workers"], on=True, needs=("drain_new",)),
        switch_workers.step("stop_new_workers", "Stop the other workers", live["workers"], on=False, needs=("drain_new",)),
        smoke.step(needs=("start_old_workers",), fatal=False),
    ]


def undo_rollback(spec: Mapping[str, Any], results: Results) -> list[Step]:
    """Return the way back from a rollback that could not finish: the traffic stays with what was live."""
    kept, live = spec["to"], spec["from"]
    steps = [drain.step("undrain_new", f"Keep the traffic on {live['version']}", backends(live), on=False)]
    return [*steps, drain.step("drain_old", f"Drain {kept['version']} again", backends(kept), on=True)]


def backends(deployment: Mapping[str, Any]) -> list[str]:
    """Return how the load balancer calls a deployment's API instances."""
    return [one["backend"] for one in deployment["api"]]


def instances(plan: Mapping[str, Any], results: Results) -> dict[str, Any]:
    """Return what a deployment made, for its row."""
    counts = plan["place"]["counts"]
    ready = [results.get(wait_healthy.name("api", number), {}) for number in range(1, counts["api"] + 1)]
    workers = [results.get(start_instance.name("worker", number), {}) for number in range(1, counts["worker"] + 1)]
    return {
        "api": [{"instance": one["instance"], "backend": one["backend"]} for one in ready if "backend" in one],
        "workers": [one["instance"] for one in workers if "instance" in one],
    }


def added(plan: Mapping[str, Any], results: Results) -> list[str]:
    """Return the backends that were added, or may have been: a step remembers its backend before it adds it."""
    names = [add_backend.name(number) for number in range(1, plan["place"]["counts"]["api"] + 1)]
    return [results[name]["backend"] for name in names if "backend" in results.get(name, {})]
