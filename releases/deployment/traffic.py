"""The load balancer as steps use it: one change at a time, each completed."""

from collections.abc import Callable
from typing import Any

from portal.cloud.errors import AlreadyExists, Conflict, NotFoundOrForbidden
from portal.jobs.definition import StepContext, Stop, Wait
from releases.deployment.context import home
from releases.requests.plan import Placement

POLL_SECONDS = 0.5
BUSY_SECONDS = 1.0
FULL, TRICKLE = (
    10,
    1,
)  # weights: a release that is tried gets a tenth of what an instance gets that is trusted


def backend_name(address: str, port: int) -> str:
    """Return how the load balancer calls a backend."""
    return f"{address}:{port}"


def add(ctx: StepContext, place: Placement, address: str, weight: int = FULL) -> Wait | None:
    """Add a backend; return None when that is done, else how long to wait."""
    body = {"ipAddress": address, "port": place.port, **_flags(drain=False, weight=weight)}
    backend = backend_name(address, place.port)
    args, find = (body, *_path(place)), _finder(ctx, place, backend)
    try:
        return _change(ctx, place, "create_backend", *args, label=f"add {backend}", find=find)
    except AlreadyExists:
        return None


def drain(ctx: StepContext, place: Placement, backend: str, *, on: bool) -> Wait | None:
    """Stop (or resume) new requests to a backend; OCI wants all four flags."""
    args = (_flags(drain=on), *_path(place), backend)
    label = f"{'drain' if on else 'undrain'} {backend}"
    find = _finder(ctx, place, backend, lambda found: found.get("drain") is on)
    return _change(ctx, place, "update_backend", *args, label=label, find=find)


def trust(ctx: StepContext, place: Placement, backend: str) -> Wait | None:
    """Give a backend that was tried its full share."""

    def trusted(found: dict[str, Any]) -> bool:
        return found.get("weight") == FULL and not found.get("drain")

    args = (_flags(drain=False), *_path(place), backend)
    find = _finder(ctx, place, backend, trusted)
    return _change(ctx, place, "update_backend", *args, label=f"trust {backend}", find=find)


def remove(ctx: StepContext, place: Placement, backend: str) -> Wait | None:
    """Take a backend out of the load balancer; one that is not there is no error."""

    def gone() -> dict[str, Any] | None:
        return None if _find(ctx, place, backend) else {"name": backend}

    args = (*_path(place), backend)
    try:
        return _change(ctx, place, "delete_backend", *args, label=f"remove {backend}", find=gone)
    except NotFoundOrForbidden:
        return None


def health(ctx: StepContext, place: Placement, backend: str) -> str:
    """Return what the load balancer thinks of a backend: OK, WARNING, CRITICAL or UNKNOWN."""
    try:
        args = (*_path(place), backend)
        return str(home(ctx).read("load_balancer", "get_backend_health", *args).data["status"])
    except NotFoundOrForbidden:
        return "UNKNOWN"


def backends(ctx: StepContext, place: Placement) -> list[dict[str, Any]]:
    """Return all backends that the load balancer has, in wire names."""
    return home(ctx).pages("load_balancer", "list_backends", *_path(place))


def addresses(ctx: StepContext, place: Placement) -> set[str]:
    """Return the names of all backends that the load balancer has."""
    return {found["name"] for found in backends(ctx, place)}


def _change(
    ctx: StepContext,
    place: Placement,
    operation: str,
    *args: Any,
    label: str,
    find: Callable[[], Any],
) -> Wait | None:
    try:
        answer = ctx.change(
            "load_balancer",
            operation,
            *args,
            label=label,
            target=place.load_balancer,
            client=home(ctx),
            find=find,
        )
    except Conflict:
        return Wait(BUSY_SECONDS, "the load balancer is busy with another change")
    if not answer.work_request:
        return None
    request = home(ctx).read("load_balancer", "get_work_request", answer.work_request).data
    if request["lifecycleState"] == "FAILED":
        raise Stop(
            f"The load balancer could not {label}: {request.get('message') or 'no reason given'}.",
            "Check its work requests.",
        )
    if request["lifecycleState"] == "SUCCEEDED":
        return None
    return Wait(POLL_SECONDS, f"the load balancer is applying: {label}")


def _flags(*, drain: bool, weight: int = FULL) -> dict[str, Any]:
    return {"weight": weight, "backup": False, "drain": drain, "offline": False}


def _path(place: Placement) -> tuple[str, str]:
    return place.load_balancer, place.backend_set


def _find(ctx: StepContext, place: Placement, backend: str) -> dict[str, Any] | None:
    return next((item for item in backends(ctx, place) if item["name"] == backend), None)


def _finder(
    ctx: StepContext,
    place: Placement,
    backend: str,
    fits: Callable[[dict[str, Any]], bool] = lambda found: True,
) -> Callable[[], dict[str, Any] | None]:
    def find() -> dict[str, Any] | None:
        found = _find(ctx, place, backend)
        return found if found and fits(found) else None

    return find
