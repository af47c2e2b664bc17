"""Step: wait until an instance runs and its containers pass their health checks; a worker has none,
so it has to run for a while without a restart.
"""

from functools import partial
from typing import Any

from django.conf import settings

from portal.cloud.errors import NotFoundOrForbidden
from portal.jobs.definition import Done, Step, StepContext, StepResult, Stop, Wait
from releases.deployment import images, traffic
from releases.deployment.context import home, plan_of
from releases.deployment.steps import check_images, start_instance

LIMIT_SECONDS = 300
RESTARTS = 3
POLL_SECONDS = 1.0
LOGS = (
    "Read the container's log on the OCI console; the release's image or its settings are at "
    "fault, not the environment."
)


def name(role: str, number: int) -> str:
    """Return the step's name."""
    return f"wait_{role}_{number}"


def step(role: str, number: int) -> Step:
    """Return the step for one instance of the role."""
    needs = (start_instance.name(role, number),)
    label = f"Wait until {images.NAMES[role]} instance {number} is healthy"
    return Step(
        name(role, number),
        partial(await_healthy, role, number),
        needs,
        label,
        deadline_seconds=LIMIT_SECONDS + 60,
    )


def await_healthy(role: str, number: int, ctx: StepContext) -> StepResult:
    """Check once; Stop when the instance cannot become healthy any more, or not in time."""
    instance = ctx.results[start_instance.name(role, number)]["instance"]
    found = home(ctx).read("container_instances", "get_container_instance", instance).data
    words = _not_yet(ctx, found)
    if not words and role == "worker":
        words = _not_steady(ctx, found)
    if words:
        return _wait(ctx, words)
    check_images.require_approved(ctx, role, f"{found['displayName']} may run another image.")
    if role == "worker":
        return Done({"instance": instance})
    address = address_of(ctx, found)
    backend = traffic.backend_name(address, plan_of(ctx).place.port)
    return Done({"instance": instance, "address": address, "backend": backend})


def _not_yet(ctx: StepContext, found: dict[str, Any]) -> str:
    """Return why the instance is not ready; nothing when it is."""
    if found["lifecycleState"] in ("FAILED", "DELETING", "DELETED", "INACTIVE"):
        raise Stop(
            f"{found['displayName']} is {found['lifecycleState']}: "
            f"{found.get('lifecycleDetails') or 'no details'}.",
            LOGS,
        )
    if found["lifecycleState"] != "ACTIVE":
        return f"{found['displayName']} is {found['lifecycleState']}"
    return next(
        (
            words
            for item in found["containers"]
            if (words := _container_not_yet(ctx, item["containerId"]))
        ),
        "",
    )


def _container_not_yet(ctx: StepContext, container: str) -> str:
    try:
        found = home(ctx).read("container_instances", "get_container", container).data
    except NotFoundOrForbidden:  # listed by its instance before it can be read
        return "its container is being created"
    restarts = found.get("containerRestartAttemptCount") or 0
    if found["lifecycleState"] == "FAILED" or restarts >= RESTARTS:
        code = found.get("exitCode")
        raise Stop(
            f"The container {found['displayName']} ends as soon as it starts (exit code {code}, "
            f"{restarts} restarts).",
            LOGS,
        )
    if found["lifecycleState"] != "ACTIVE":
        return f"the container {found['displayName']} is {found['lifecycleState']}"
    bad = [
        check["name"]
        for check in found.get("healthChecks") or ()
        if check.get("status") != "HEALTHY"
    ]
    return f"the container's check '{bad[0]}' is not yet HEALTHY" if bad else ""


def _not_steady(ctx: StepContext, found: dict[str, Any]) -> str:
    """Return that a worker may still die as it starts: it has no health check to tell.

    A restart begins the time again.
    """
    containers = [
        home(ctx).read("container_instances", "get_container", item["containerId"]).data
        for item in found["containers"]
    ]
    count = sum(one.get("containerRestartAttemptCount") or 0 for one in containers)
    now = ctx.now.timestamp()
    if ctx.memo.get("restarts") != count:
        ctx.remember(restarts=count, steady_since=now)
    left = settings.WORKER_STEADY_SECONDS - (now - ctx.memo["steady_since"])
    if left <= 0:
        return ""
    return f"{found['displayName']} has to run {left:.0f} s more without a restart"


def _wait(ctx: StepContext, words: str) -> Wait:
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    if ctx.now.timestamp() - began > LIMIT_SECONDS:
        raise Stop(f"Not healthy after {LIMIT_SECONDS} s: {words}.", LOGS)
    return Wait(POLL_SECONDS, words)


def address_of(ctx: StepContext, found: dict[str, Any]) -> str:
    """Return the private address; a stop and start may change it."""
    vnic = found["vnics"][0]["vnicId"]
    return str(home(ctx).read("virtual_network", "get_vnic", vnic).data["privateIp"])
