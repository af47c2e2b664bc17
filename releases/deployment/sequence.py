"""The order of the steps: of a deployment, of a rollback, and of the way back from a deployment that failed."""

from collections.abc import Mapping
from typing import Any

from portal.jobs.definition import Step
from releases.deployment.steps import (
    add_backend,
    await_backends,
    check_images,
    choose_side,
    clean_up,
    drain,
    drain_workers,
    migrate,
    remove_new,
    save_evidence,
    shift,
    smoke,
    start_instance,
    switch_workers,
    wait_healthy,
    watch_new,
)
from releases.deployment.traffic_decision import NEW, OLD, Stand
from releases.frontend import sequence as frontend

Results = Mapping[str, Mapping[str, Any]]
NOTHING: dict[str, Any] = {"version": "", "api": [], "workers": []}


def deploy(plan: Mapping[str, Any]) -> list[Step]:
    """Return the steps of a plan: new instances beside the old ones, tried with little traffic, then all of it.

    The smoke test comes before the drain of the old workers: those may be waited for long, and a bad release must not be.
    """
    counts, old = plan["place"]["counts"], plan["previous"] or NOTHING
    steps = [check_images.step(), save_evidence.step(needs=("check_images",)), *_migrate(plan)]
    steps += _start_api(counts["api"], needs=(steps[-1].name,))
    steps += _move(counts["api"], old)
    workers = _start_workers(counts["worker"], needs=("drain_old",))
    ready = ("drain_old", *(wait_healthy.name("worker", number) for number in range(1, counts["worker"] + 1)))
    pages = frontend.deploy(plan, needs=ready)
    return [
        *steps,
        *workers,
        *pages,
        smoke.step(needs=frontend.last(pages, ready)),
        drain_workers.step("stop_old_workers", "Stop the old workers, kept for rollback", old["workers"], needs=("smoke",)),
        clean_up.step(plan["retire"], needs=("smoke",)),
        *frontend.tidy(plan, needs=("smoke",)),
    ]


def _migrate(plan: Mapping[str, Any]) -> list[Step]:
    order = plan.get("migration")
    return [migrate.step(order["head"], needs=(save_evidence.NAME,))] if order else []


def _start_api(count: int, *, needs: tuple[str, ...]) -> list[Step]:
    """Return the steps that bring API instances up beside what there is, each with a little traffic."""
    steps: list[Step] = []
    for number in range(1, count + 1):
        steps += [start_instance.step("api", number, needs=needs), wait_healthy.step("api", number), add_backend.step(number)]
    return steps


def _start_workers(count: int, *, needs: tuple[str, ...]) -> list[Step]:
    steps: list[Step] = []
    for number in range(1, count + 1):
        steps += [start_instance.step("worker", number, needs=needs), wait_healthy.step("worker", number)]
    return steps


def _move(count: int, old: Mapping[str, Any]) -> list[Step]:
    """Return the steps that judge the new instances, then move the traffic to them."""
    added = tuple(add_backend.name(number) for number in range(1, count + 1))
    label = f"Drain {old['version'] or 'the old instances'}"
    return [
        watch_new.step(count, needs=added),
        shift.step(count, needs=(watch_new.NAME,)),
        drain.step("drain_old", label, backends(old), on=True, needs=(shift.NAME,)),
    ]


def undo_deploy(plan: Mapping[str, Any], results: Results) -> list[Step]:
    """Return the way back: traffic to the old instances first, then the new ones out.

    After a one-way migration the first step decides, by who is well then, which side keeps the traffic.
    """
    first = [migrate.settle()] if results.get(migrate.NAME, {}).get("begun") and "after" not in results[migrate.NAME] else []
    ran = one_way(results)
    if not ran:
        return [*first, *_give_back(plan, results)]
    old, new = plan["previous"] or NOTHING, added(plan, results)
    on_new = "drain_old" in results and bool(new)
    stand = Stand(old["version"], plan["version"], ran, on_new, old_well=False, new_well=False)
    back = [choose_side.only_if(OLD, step) for step in _give_back(plan, results)]
    kept = [
        drain.step("keep_new", f"Let {plan['version']} keep the traffic", new, on=False),
        drain.step("keep_old_drained", f"Drain {old['version'] or 'the old instances'}", backends(old), on=True),
    ]
    whole = new if len(new) == plan["place"]["counts"]["api"] else []  # half a release is not well
    return [choose_side.step(stand, backends(old), whole), *back, *(choose_side.only_if(NEW, step) for step in kept)]


def _give_back(plan: Mapping[str, Any], results: Results) -> list[Step]:
    old, new = plan["previous"] or NOTHING, added(plan, results)
    steps: list[Step] = []
    if old["api"] and new:
        back = drain.step("undrain_old", f"Give the traffic back to {old['version']}", backends(old), on=False)
        steps += [back, await_backends.step("await_old", f"Wait until {old['version']} is well", backends(old), needs=())]
        steps += [drain.step("drain_new", "Drain the new instances", new, on=True)]
    if "stop_old_workers" in results:
        steps.append(switch_workers.step("start_old_workers", "Start the old workers again", old["workers"], on=True))
    return [*steps, *frontend.undo(plan, results), remove_new.step(new)]


def one_way(results: Results) -> str:
    """Return the revisions that ran with this job and cannot be undone."""
    ran = results.get(migrate.NAME, {}).get("ran") or []
    return ", ".join(one["revision"] for one in ran if one.get("one_way"))


def rollback(spec: Mapping[str, Any]) -> list[Step]:
    """Return the steps of an instant rollback: the first call lets the kept instances take traffic again."""
    kept, live = spec["to"], spec["from"]
    return [
        drain.step("undrain_old", f"Let {kept['version']} take traffic again", backends(kept), on=False),
        await_backends.step("await_old", f"Wait until {kept['version']} is well", backends(kept), needs=("undrain_old",)),
        drain.step("drain_new", f"Drain {live['version']}", backends(live), on=True, needs=("await_old",)),
        switch_workers.step("start_old_workers", "Start its workers again", kept["workers"], on=True, needs=("drain_new",)),
        drain_workers.step("stop_new_workers", "Stop the other workers", live["workers"], patient=False, needs=("drain_new",)),
        *frontend.rollback(spec["plan"], needs=("drain_new",)),
        smoke.step(needs=("start_old_workers",), fatal=False),
    ]


def undo_rollback(spec: Mapping[str, Any], results: Results) -> list[Step]:
    """Return the way back from a rollback that could not finish: the traffic stays with what was live."""
    kept, live = spec["to"], spec["from"]
    steps = [drain.step("undrain_new", f"Keep the traffic on {live['version']}", backends(live), on=False)]
    return [*steps, drain.step("drain_old", f"Drain {kept['version']} again", backends(kept), on=True)]


def scale(spec: Mapping[str, Any]) -> list[Step]:
    """Return the steps of a change of scale: what is added is well before anything is drained."""
    plan, gone = spec["plan"], spec["remove"]
    counts, old = plan["place"]["counts"], {"version": spec["version"], "api": gone["api"], "workers": gone["worker"]}
    steps = [check_images.step()]
    api = _start_api(counts["api"], needs=("check_images",))
    added = tuple(add_backend.name(number) for number in range(1, counts["api"] + 1))
    tried = [watch_new.step(counts["api"], needs=added)] if added else []
    ready = (watch_new.NAME,) if tried else ("check_images",)
    workers = _start_workers(counts["worker"], needs=ready)
    started = tuple(wait_healthy.name("worker", number) for number in range(1, counts["worker"] + 1)) or ready
    return [
        *steps,
        *api,
        *tried,
        *workers,
        drain.step("drain_old", "Drain the API instances that go", backends(old), on=True, needs=ready),
        drain_workers.step("stop_old_workers", "Stop the workers that go", old["workers"], needs=started),
        clean_up.step(
            [{**old, "deployment": spec["deployment"]}],
            needs=("drain_old", "stop_old_workers"),
            label="Remove the instances that go",
            grace=bool(old["api"]),
        ),
    ]


def undo_scale(spec: Mapping[str, Any], results: Results) -> list[Step]:
    """Return the way back to the scale of before; nothing once instances began to be removed: what was added then stays."""
    if clean_up.begun(results):
        return []
    gone, new = spec["remove"], added(spec["plan"], results)
    steps: list[Step] = []
    if "drain_old" in results:
        names = [one["backend"] for one in gone["api"]]
        steps.append(drain.step("undrain_old", "Let the drained instances take traffic again", names, on=False))
        steps.append(await_backends.step("await_old", "Wait until they are well", names, needs=()))
    if "stop_old_workers" in results:
        steps.append(switch_workers.step("start_old_workers", "Start the stopped workers again", gone["worker"], on=True))
    if new:
        steps.append(drain.step("drain_new", "Drain what was added", new, on=True))
    return [*steps, remove_new.step(new)]


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
