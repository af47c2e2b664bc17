"""The load balancer as the steps of a deployment use it: one change at a time, each seen to its end."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.cloud.errors import AlreadyExists, Conflict, NotFoundOrForbidden
from portal.jobs.definition import StepContext, Stop, Wait
from releases.deployment.region import home

POLL_SECONDS = 0.5
BUSY_SECONDS = 1.0
FULL, TRICKLE = 10, 1  # weights: a release that is tried gets a tenth of what an instance gets that is trusted


def backend_name(address: str, port: int) -> str:
    """Return how the load balancer calls a backend."""
    return f"{address}:{port}"


def add(ctx: StepContext, place: Mapping[str, Any], address: str, weight: int = FULL) -> Wait | None:
    """Add a backend that takes traffic as soon as it is healthy; return None when that is done, else how long to wait."""
    body = {"ipAddress": address, "port": place["port"], **_flags(drain=False, weight=weight)}
    backend = backend_name(address, place["port"])
    try:
        return _changed(
            ctx, place, "create_backend", body, *_names(place), label=f"add {backend}", find=_finds(ctx, place, backend)
        )
    except AlreadyExists:
        return None


def drain(ctx: StepContext, place: Mapping[str, Any], backend: str, *, on: bool) -> Wait | None:
    """Stop (or resume) sending new requests to a backend; OCI takes this call only with all four flags."""
    label = f"{'drain' if on else 'undrain'} {backend}"
    find = _finds(ctx, place, backend, lambda found: found.get("drain") is on)
    return _changed(ctx, place, "update_backend", _flags(drain=on), *_names(place), backend, label=label, find=find)


def trust(ctx: StepContext, place: Mapping[str, Any], backend: str) -> Wait | None:
    """Give a backend that was tried its full share."""
    find = _finds(ctx, place, backend, lambda found: found.get("weight") == FULL and not found.get("drain"))
    body = _flags(drain=False)
    return _changed(ctx, place, "update_backend", body, *_names(place), backend, label=f"trust {backend}", find=find)


def remove(ctx: StepContext, place: Mapping[str, Any], backend: str) -> Wait | None:
    """Take a backend out of the load balancer; one that is not there is no error."""

    def gone() -> dict[str, Any] | None:
        return None if _find(ctx, place, backend) else {"name": backend}

    try:
        return _changed(ctx, place, "delete_backend", *_names(place), backend, label=f"remove {backend}", find=gone)
    except NotFoundOrForbidden:
        return None


def health(ctx: StepContext, place: Mapping[str, Any], backend: str) -> str:
    """Return what the load balancer thinks of a backend: OK, WARNING, CRITICAL or UNKNOWN."""
    try:
        return str(home(ctx).read("load_balancer", "get_backend_health", *_names(place), backend).data["status"])
    except NotFoundOrForbidden:
        return "UNKNOWN"


def backends(ctx: StepContext, place: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return all backends that the load balancer has, in wire names."""
    return home(ctx).pages("load_balancer", "list_backends", *_names(place))


def addresses(ctx: StepContext, place: Mapping[str, Any]) -> set[str]:
    """Return the names of all backends that the load balancer has."""
    return {found["name"] for found in backends(ctx, place)}


def _changed(
    ctx: StepContext, place: Mapping[str, Any], operation: str, *args: Any, label: str, find: Callable[[], Any]
) -> Wait | None:
    try:
        answer = ctx.change(
            "load_balancer", operation, *args, label=label, target=place["load_balancer"], door=home(ctx), find=find
        )
    except Conflict:
        return Wait(BUSY_SECONDS, "the load balancer is busy with another change")
    if not answer.work_request:
        return None
    request = home(ctx).read("load_balancer", "get_work_request", answer.work_request).data
    if request["lifecycleState"] == "FAILED":
        raise Stop(
            f"The load balancer could not {label}: {request.get('message') or 'no reason given'}.", "Look at its work requests."
        )
    return None if request["lifecycleState"] == "SUCCEEDED" else Wait(POLL_SECONDS, f"the load balancer carries out: {label}")


def _flags(*, drain: bool, weight: int = FULL) -> dict[str, Any]:
    return {"weight": weight, "backup": False, "drain": drain, "offline": False}


def _names(place: Mapping[str, Any]) -> tuple[str, str]:
    return place["load_balancer"], place["backend_set"]


def _find(ctx: StepContext, place: Mapping[str, Any], backend: str) -> dict[str, Any] | None:
    found = home(ctx).pages("load_balancer", "list_backends", *_names(place))
    return next((item for item in found if item["name"] == backend), None)


def _finds(
    ctx: StepContext, place: Mapping[str, Any], backend: str, fits: Callable[[dict[str, Any]], bool] = lambda found: True
) -> Callable[[], dict[str, Any] | None]:
    def find() -> dict[str, Any] | None:
        found = _find(ctx, place, backend)
        return found if found and fits(found) else None

    return find
