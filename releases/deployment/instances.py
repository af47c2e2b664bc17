"""Container instances as steps use them: found by tag, stopped, started, deleted."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.cloud.errors import NotFoundOrForbidden
from portal.jobs.definition import StepContext, Wait
from releases.deployment import logs
from releases.deployment.context import home
from releases.requests.plan import Placement

GONE = ("DELETING", "DELETED")
POLL_SECONDS = 1.0


def made_by(ctx: StepContext, place: Placement, job: str, step: str = "") -> list[dict[str, Any]]:
    """Return the instances of the environment that carry the tags of a job (and step)."""
    return tagged(ctx, place, {"portal-job": job, **({"portal-step": step} if step else {})})


def tagged(ctx: StepContext, place: Placement, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the instances of the environment that carry these tags and are not deleted."""
    found = home(ctx).pages("container_instances", "list_container_instances", place.compartment)
    return [
        item
        for item in found
        if item["lifecycleState"] not in GONE
        and wanted.items() <= (item.get("freeformTags") or {}).items()
    ]


def read(ctx: StepContext, instance: str) -> dict[str, Any] | None:
    """Return the instance; None when it is gone."""
    try:
        found: dict[str, Any] = (
            home(ctx).read("container_instances", "get_container_instance", instance).data
        )
    except NotFoundOrForbidden:
        return None
    return None if found["lifecycleState"] in GONE else found


def read_container(ctx: StepContext, ocid: str) -> dict[str, Any]:
    """Return a container; nothing when it cannot be read yet, or no more."""
    try:
        found: dict[str, Any] = home(ctx).read("container_instances", "get_container", ocid).data
    except NotFoundOrForbidden:
        return {}
    return found


def delete(ctx: StepContext, instance: str) -> None:
    """Delete an instance after keeping its logs; one that is gone is no error."""

    def gone() -> dict[str, Any] | None:
        return None if read(ctx, instance) else {"id": instance}

    found = read(ctx, instance)
    if found is None:
        return
    logs.save(ctx, found)
    try:
        _change(ctx, "delete", instance, gone)
    except NotFoundOrForbidden:
        return


def switch(ctx: StepContext, instance: str, *, on: bool) -> Wait | None:
    """Start (or stop) an instance; None when it is so, or gone, or broken."""
    wanted, act = ("ACTIVE", "start") if on else ("INACTIVE", "stop")
    found = read(ctx, instance)
    if found is None or found["lifecycleState"] in (wanted, "FAILED"):
        return None
    if found["lifecycleState"] == "UPDATING":
        return Wait(POLL_SECONDS, f"{found['displayName']} is changing")

    def already() -> dict[str, Any] | None:
        seen = read(ctx, instance)
        return seen if seen and seen["lifecycleState"] in (wanted, "UPDATING") else None

    _change(ctx, act, instance, already)
    return Wait(POLL_SECONDS, f"{act} of {found['displayName']}")


def _change(ctx: StepContext, act: str, instance: str, find: Callable[[], Any]) -> None:
    operation, label = f"{act}_container_instance", f"{act} {instance}"
    ctx.change(
        "container_instances",
        operation,
        instance,
        label=label,
        target=instance,
        client=home(ctx),
        find=find,
    )
