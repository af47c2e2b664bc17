"""Step: stop workers that are replaced, after what they compute has ended or somebody said that it need not."""

from collections.abc import Sequence
from functools import partial

from environments.models import Environment
from portal.jobs.definition import Done, Outcome, Step, StepContext, Wait
from portal.jobs.interrupts import AskOperator
from releases.deployment import in_flight
from releases.deployment.region import home
from releases.deployment.steps import switch_workers
from releases.models import GoAhead
from releases.smoke import probe

PATIENCE_SECONDS = 1200  # then an operator is asked
POLL_SECONDS = 15.0
SHOWN = 5


def step(name: str, label: str, workers: Sequence[str], *, patient: bool = True, needs: tuple[str, ...] = ()) -> Step:
    """Return a step that stops these workers; an impatient one says what it cuts off, and waits for nothing."""
    return Step(name, partial(run, name, tuple(workers), patient), needs, label, deadline_seconds=PATIENCE_SECONDS + 900)


def run(name: str, workers: tuple[str, ...], patient: bool, ctx: StepContext) -> Outcome:
    """Wait while something is being computed; then stop them, and keep them for a rollback."""
    if not workers or ctx.memo.get("free"):
        return _stop(workers, ctx)
    words = _busy(ctx)
    if words and not GoAhead.objects.filter(job_id=ctx.job.pk, step=name).exists():
        ctx.remember(waits_for=words)
        if patient:
            return _wait(ctx, words)
        ctx.say(f"stopped although {words}")
    ctx.remember(free=True, **({"cut_off": words} if words else {}))
    return _stop(workers, ctx)


def _stop(workers: tuple[str, ...], ctx: StepContext) -> Outcome:
    """Stop them; the result names under `cut_off` what was being computed."""
    outcome = switch_workers.run(workers, False, ctx)
    cut_off = ctx.memo.get("cut_off", "")
    return Done({**outcome.result, "cut_off": cut_off}) if cut_off and isinstance(outcome, Done) else outcome


def _wait(ctx: StepContext, words: str) -> Wait:
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    if ctx.now.timestamp() - began > PATIENCE_SECONDS:
        ctx.remember(began=ctx.now.timestamp())  # resuming the job means to wait once more
        raise AskOperator(
            f"The old workers are still needed: {words}.",
            "Resume the job to wait longer; or let it go on with a reason, on the release's page: the run is then lost.",
        )
    return Wait(POLL_SECONDS, words)


def _busy(ctx: StepContext) -> str:
    """Say what is being computed now, or why that cannot be seen; nothing when nothing is."""
    environment = Environment.objects.named(ctx.job.environment)
    credentials = probe.credentials(environment, home(ctx), job=ctx.job)
    try:
        moving, stuck = in_flight.Look(environment.api_url, credentials).runs(ctx.now)
    except in_flight.Unseen as error:
        return str(error)
    if stuck:
        named = ", ".join(run.words(ctx.now) for run in stuck[:SHOWN])
        ctx.say(f"not waited for, since they are stuck: {named}")
    if not moving:
        return ""
    more = f" and {len(moving) - SHOWN} more" if len(moving) > SHOWN else ""
    return f"{', '.join(run.words(ctx.now) for run in moving[:SHOWN])}{more} under way"
