"""Steps that stop workers after their computations ended, or start them again."""

from collections.abc import Sequence
from functools import partial

from environments.models import Environment
from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Wait
from portal.jobs.interrupts import AskOperator
from releases.deployment import in_flight, instances
from releases.deployment.context import home
from releases.models import WaitOverride
from releases.smoke import probe

PATIENCE_SECONDS = 1200  # then an operator is asked
POLL_SECONDS = 15.0
SHOWN = 5


def switch(
    name: str, label: str, workers: Sequence[str], *, on: bool, needs: tuple[str, ...] = ()
) -> Step:
    """Return a step that starts (or stops) these worker instances."""
    return Step(name, partial(switch_workers, tuple(workers), on), needs, label)


def switch_workers(workers: tuple[str, ...], on: bool, ctx: StepContext) -> StepResult:
    """Switch all; a failure is logged, not fatal: the traffic is where it must be."""
    if not workers:
        return Skipped("there are none")
    ctx.remember(begun=True)  # so that the way back knows of a half-done switch
    left: list[str] = []
    for worker in workers:
        try:
            waiting = instances.switch(ctx, worker, on=on)
        except CloudError as error:
            if error.retryable:
                raise
            ctx.say(f"{worker}: {error}")
            left.append(worker)
            continue
        if waiting:
            return waiting
    return Done({"workers": list(workers), "left": left})


def drain(
    name: str,
    label: str,
    workers: Sequence[str],
    *,
    patient: bool = True,
    needs: tuple[str, ...] = (),
) -> Step:
    """Return a step that stops these workers; an impatient one does not wait."""
    run = partial(drain_workers, name, tuple(workers), patient)
    return Step(name, run, needs, label, deadline_seconds=PATIENCE_SECONDS + 900)


def drain_workers(
    name: str, workers: tuple[str, ...], patient: bool, ctx: StepContext
) -> StepResult:
    """Wait while something is being computed; then stop them, and keep them for a rollback."""
    if not workers or ctx.memo.get("free"):
        return _stop(workers, ctx)
    words = _under_way(ctx)
    overridden = WaitOverride.objects.filter(job_id=ctx.job.pk, step=name).exists
    if words and not overridden():
        ctx.remember(waits_for=words)
        if patient:
            return _wait(ctx, words)
        ctx.say(f"stopped although {words}")
    ctx.remember(free=True, **({"cut_off": words} if words else {}))
    return _stop(workers, ctx)


def _stop(workers: tuple[str, ...], ctx: StepContext) -> StepResult:
    """Stop them; the result names under `cut_off` what was being computed."""
    outcome = switch_workers(workers, False, ctx)
    cut_off = ctx.memo.get("cut_off", "")
    if cut_off and isinstance(outcome, Done):
        return Done({**outcome.result, "cut_off": cut_off})
    return outcome


def _wait(ctx: StepContext, words: str) -> Wait:
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    if ctx.now.timestamp() - began > PATIENCE_SECONDS:
        ctx.remember(began=ctx.now.timestamp())  # resuming the job means to wait once more
        raise AskOperator(
            f"The old workers are still needed: {words}.",
            "Resume the job to wait longer; or override the wait with a reason, on the release's "
            "page: the run is then lost.",
        )
    return Wait(POLL_SECONDS, words)


def _under_way(ctx: StepContext) -> str:
    """Name what is being computed now, or why that cannot be read; empty when nothing is."""
    environment = Environment.objects.named(ctx.job.environment)
    credentials = probe.credentials(environment, home(ctx), job=ctx.job)
    try:
        moving, stuck = in_flight.RunList(environment.api_url, credentials).read(ctx.now)
    except in_flight.Unreadable as error:
        return str(error)
    if stuck:
        named = ", ".join(run.describe(ctx.now) for run in stuck[:SHOWN])
        ctx.say(f"not waited for, since they are stuck: {named}")
    if not moving:
        return ""
    more = f" and {len(moving) - SHOWN} more" if len(moving) > SHOWN else ""
    return f"{', '.join(run.describe(ctx.now) for run in moving[:SHOWN])}{more} in progress"
