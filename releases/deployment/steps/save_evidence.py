"""Step: save the state before anything is changed."""

from typing import Any

from portal.jobs.definition import Done, Step, StepContext, StepResult
from releases.deployment import traffic, watch
from releases.deployment.context import home, plan_of
from releases.requests.plan import ReleasePlan

NAME = "save_evidence"
BASELINE = 3


def step(*, needs: tuple[str, ...] = ()) -> Step:
    """Return the step."""
    return Step(NAME, save_state, needs, "Save the state before", deadline_seconds=120)


def save_state(ctx: StepContext) -> StepResult:
    """Keep the state of before as this step's result, for the evidence of the deployment.

    The result: `at` (ISO), `instances` (all container instances of the compartment: id, name,
    state, tags), `backends` (as the load balancer lists them: name, weight, drain, backup,
    offline), `secrets` (name, version in the plan), `baseline` (`well` and `words`: how the
    application answered through the load balancer; `well` is null when nothing was live).
    """
    plan = plan_of(ctx)
    place = plan.place
    found = home(ctx).pages("container_instances", "list_container_instances", place.compartment)
    return Done(
        {
            "at": ctx.now.isoformat(),
            "instances": [_instance(one) for one in found if one["lifecycleState"] != "DELETED"],
            "backends": [_backend(one) for one in traffic.backends(ctx, place)],
            "secrets": [{"name": one.name, "version": one.version} for one in plan.secrets],
            "baseline": _baseline(plan),
        }
    )


def _instance(one: dict[str, Any]) -> dict[str, Any]:
    tags = one.get("freeformTags") or {}
    return {
        "id": one["id"],
        "name": one["displayName"],
        "state": one["lifecycleState"],
        "tags": tags,
    }


def _backend(one: dict[str, Any]) -> dict[str, Any]:
    return {name: one.get(name) for name in ("name", "weight", "drain", "backup", "offline")}


def _baseline(plan: ReleasePlan) -> dict[str, Any]:
    """Ask the live release a few times: an unhealthy one cannot show whether the new one is."""
    if not plan.old.api:
        return {"well": None, "words": "nothing was live"}
    watched = watch.Watch(plan.place.api_url, plan.place.health_path)
    words = next((words for _ in range(BASELINE) if (words := watched.check())), "")
    return {"well": not words, "words": words or "healthy"}
