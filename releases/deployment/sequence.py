"""The order of the steps: of a deployment, a rollback, a change of scale, and of each way back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from portal.jobs.definition import Step, StepContext
from releases.deployment.job_specs import RollbackSpec, ScaleSpec
from releases.deployment.migration import UNKNOWN
from releases.deployment.steps import (
    add_backend,
    check_images,
    choose_side,
    migrate,
    move_traffic,
    reconnect,
    remove_instances,
    save_evidence,
    smoke,
    start_instance,
    wait_healthy,
    watch_new,
    workers,
)
from releases.deployment.traffic_decision import NEW, OLD, TrafficState
from releases.frontend import sequence as frontend
from releases.requests.plan import InstanceSet, ReleasePlan

Results = Mapping[str, Mapping[str, Any]]


def deploy(plan: ReleasePlan) -> list[Step]:
    """Return the steps of a plan: new instances beside the old ones, tried with little traffic,
    then all of it.

    The smoke test comes before the drain of the old workers: that may take long, and a bad release
    must not wait for it.
    """
    counts, old = plan.place.counts, plan.old
    steps = [check_images.step(), save_evidence.step(needs=("check_images",)), *_migrate(plan)]
    steps += _start_api(counts["api"], needs=(steps[-1].name,))
    steps += _move(counts["api"], old)
    started = _start_workers(counts["worker"], needs=("drain_old",))
    ready = ("drain_old", *_worker_waits(counts["worker"]))
    pages = frontend.deploy(plan, needs=ready)
    return [
        *steps,
        *started,
        *pages,
        smoke.step(needs=frontend.last(pages, ready)),
        workers.drain(
            "stop_old_workers",
            "Stop the old workers, kept for rollback",
            old.workers,
            needs=("smoke",),
        ),
        remove_instances.clean_up(plan.retire, needs=("smoke",)),
        *frontend.tidy(plan, needs=("smoke",)),
    ]


def _migrate(plan: ReleasePlan) -> list[Step]:
    ordered = plan.migration
    return [migrate.step(ordered.head, needs=(save_evidence.NAME,))] if ordered else []


def _start_api(count: int, *, needs: tuple[str, ...]) -> list[Step]:
    """Return the steps that start API instances beside the old ones, each with a little traffic."""
    steps: list[Step] = []
    for number in _numbers(count):
        steps += [
            start_instance.step("api", number, needs=needs),
            wait_healthy.step("api", number),
            add_backend.step(number),
        ]
    return steps


def _start_workers(count: int, *, needs: tuple[str, ...]) -> list[Step]:
    steps: list[Step] = []
    for number in _numbers(count):
        steps.append(start_instance.step("worker", number, needs=needs))
        steps.append(wait_healthy.step("worker", number))
    return steps


def _worker_waits(count: int) -> tuple[str, ...]:
    return tuple(wait_healthy.name("worker", number) for number in _numbers(count))


def _added_names(count: int) -> tuple[str, ...]:
    return tuple(add_backend.name(number) for number in _numbers(count))


def _move(count: int, old: InstanceSet) -> list[Step]:
    """Return the steps that judge the new instances, then move the traffic to them."""
    label = f"Drain {old.version or 'the old instances'}"
    return [
        watch_new.step(count, needs=_added_names(count)),
        move_traffic.shift(count, needs=(watch_new.NAME,)),
        move_traffic.drain_others(
            "drain_old",
            label,
            old.backends,
            keep=partial(_added_by_now, count),
            needs=(move_traffic.SHIFT,),
        ),
    ]


def _added_by_now(count: int, ctx: StepContext) -> list[str]:
    return [ctx.results[name]["backend"] for name in _added_names(count)]


def undo_deploy(plan: ReleasePlan, results: Results) -> list[Step]:
    """Return the way back: traffic to the old instances first, then the new ones out.

    After a one-way migration the first step decides, by which side is healthy then, which side
    keeps the traffic.
    """
    migration = results.get(migrate.NAME, {})
    unsettled = migration.get("begun") and "after" not in migration
    first = [migrate.settle()] if unsettled else []
    ran = one_way(results)
    old, new = plan.old, added(plan, results)
    undecided = ran == UNKNOWN and not old.api and not new  # no side that could take traffic
    if not ran or undecided:
        return [*first, *_give_back(plan, results)]
    state = TrafficState(
        old.version, plan.version, ran, on_new="drain_old" in results and bool(new)
    )
    back = [choose_side.only_if(OLD, step) for step in _give_back(plan, results)]
    label = f"Drain {old.version or 'the old instances'}"
    kept = [
        move_traffic.drain("keep_new", f"Let {plan.version} keep the traffic", new, on=False),
        move_traffic.drain("keep_old_drained", label, old.backends, on=True),
    ]
    whole = new if len(new) == plan.place.counts["api"] else []  # half a release is unhealthy
    return [
        choose_side.step(state, old.backends, whole),
        *back,
        *(choose_side.only_if(NEW, step) for step in kept),
    ]


def _give_back(plan: ReleasePlan, results: Results) -> list[Step]:
    old, new = plan.old, added(plan, results)
    steps: list[Step] = []
    if old.api and new:
        label = f"Wait until {old.version} is healthy"
        steps += [
            reconnect.step(f"Give the traffic back to {old.version}", old.api, new),
            move_traffic.await_backends("await_old", label, old.backends, needs=()),
            move_traffic.drain("drain_new", "Drain the new instances", new, on=True),
        ]
    if "stop_old_workers" in results:
        label = "Start the old workers again"
        steps.append(workers.switch("start_old_workers", label, old.workers, on=True))
    return [*steps, *frontend.undo(plan, results), remove_instances.remove_new(new)]


def one_way(results: Results) -> str:
    """Return the revisions that ran with this job and cannot be undone; "unknown" when the outcome
    is.
    """
    told = results.get(migrate.NAME, {})
    if told.get("unknown"):
        return UNKNOWN
    ran = told.get("ran") or []
    return ", ".join(one["revision"] for one in ran if one.get("one_way"))


def rollback(spec: RollbackSpec) -> list[Step]:
    """Return the steps of an instant rollback: the first call gives traffic back."""
    kept, live = spec.kept, spec.live
    back = f"Let {kept.version} take traffic again"
    healthy = f"Wait until {kept.version} is healthy"
    drained = ("drain_new",)
    return [
        reconnect.step(back, kept.api, live.backends),
        move_traffic.await_backends("await_old", healthy, kept.backends, needs=("undrain_old",)),
        move_traffic.drain_others(
            "drain_new",
            f"Drain {live.version}",
            live.backends,
            keep=lambda ctx: reconnect.names(kept.backends, ctx.results),
            needs=("await_old",),
        ),
        workers.switch(
            "start_old_workers", "Start its workers again", kept.workers, on=True, needs=drained
        ),
        workers.drain(
            "stop_new_workers",
            "Stop the other workers",
            live.workers,
            patient=False,
            needs=drained,
        ),
        *frontend.rollback(spec.plan, needs=drained),
        smoke.step(needs=("start_old_workers",), fatal=False),
    ]


def undo_rollback(spec: RollbackSpec, results: Results) -> list[Step]:
    """Return the way back from a rollback: the traffic is kept with what was live."""
    keep = f"Keep the traffic on {spec.live.version}"
    again = f"Drain {spec.kept.version} again"
    kept = reconnect.names(spec.kept.backends, results)
    return [
        move_traffic.drain("undrain_new", keep, spec.live.backends, on=False),
        move_traffic.drain("drain_old", again, kept, on=True),
    ]


def scale(spec: ScaleSpec) -> list[Step]:
    """Return the steps of a change of scale: add, wait, then drain and remove."""
    counts, gone = spec.plan.place.counts, spec.remove
    added = _added_names(counts["api"])
    tried = [watch_new.step(counts["api"], needs=added)] if added else []
    ready = (watch_new.NAME,) if tried else ("check_images",)
    old = InstanceSet(spec.deployment, 0, spec.version, gone.api, gone.worker)
    return [
        check_images.step(),
        *_start_api(counts["api"], needs=("check_images",)),
        *tried,
        *_start_workers(counts["worker"], needs=ready),
        move_traffic.drain(
            "drain_old", "Drain the surplus API instances", gone.backends, on=True, needs=ready
        ),
        workers.drain(
            "stop_old_workers",
            "Stop the surplus workers",
            gone.worker,
            needs=_worker_waits(counts["worker"]) or ready,
        ),
        remove_instances.clean_up(
            [old],
            needs=("drain_old", "stop_old_workers"),
            label="Remove the surplus instances",
            grace=bool(gone.api),
        ),
    ]


def undo_scale(spec: ScaleSpec, results: Results) -> list[Step]:
    """Return the way back to the scale of before; none once instances began to be removed."""
    if remove_instances.begun(results):
        return []
    gone, new = spec.remove, added(spec.plan, results)
    steps: list[Step] = []
    if "drain_old" in results:
        back, healthy = (
            "Send traffic to the drained instances again",
            "Wait until they are healthy",
        )
        steps.append(reconnect.step(back, gone.api, new))
        steps.append(move_traffic.await_backends("await_old", healthy, gone.backends, needs=()))
    if "stop_old_workers" in results:
        label = "Start the stopped workers again"
        steps.append(workers.switch("start_old_workers", label, gone.worker, on=True))
    if new:
        steps.append(move_traffic.drain("drain_new", "Drain what was added", new, on=True))
    return [*steps, remove_instances.remove_new(new)]


def instances(plan: ReleasePlan, results: Results) -> dict[str, Any]:
    """Return what a deployment made, for its row."""
    counts = plan.place.counts
    ready = [
        results.get(wait_healthy.name("api", number), {}) for number in _numbers(counts["api"])
    ]
    started = [
        results.get(start_instance.name("worker", number), {})
        for number in _numbers(counts["worker"])
    ]
    return {
        "api": [
            {"instance": one["instance"], "backend": one["backend"]}
            for one in ready
            if "backend" in one
        ],
        "workers": [one["instance"] for one in started if "instance" in one],
    }


def added(plan: ReleasePlan, results: Results) -> list[str]:
    """Return the backends that were added, or may have been."""
    names = _added_names(plan.place.counts["api"])
    return [results[name]["backend"] for name in names if "backend" in results.get(name, {})]


def _numbers(count: int) -> range:
    return range(1, count + 1)
