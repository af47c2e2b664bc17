"""What every step asks for first: the plan, and OCI in the environment's region."""

from dataclasses import replace

from portal.cloud.client import CloudClient
from portal.jobs.definition import StepContext
from releases.requests.plan import ReleasePlan


def plan_of(ctx: StepContext) -> ReleasePlan:
    """Return the plan in the job's spec."""
    return ReleasePlan.from_json(ctx.spec["plan"])


def home(ctx: StepContext) -> CloudClient:
    """Return the client for the environment's region, which may differ from the portal's."""
    return replace(ctx.client, region=ctx.spec["plan"]["place"]["region"])
