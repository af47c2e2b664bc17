"""The door to OCI in the region where the environment lives, which need not be the portal's own."""

from dataclasses import replace

from portal.cloud.door import Door
from portal.jobs.definition import StepContext


def home(ctx: StepContext) -> Door:
    """Return the door for the steps of this job."""
    return replace(ctx.door, region=ctx.spec["plan"]["place"]["region"])
