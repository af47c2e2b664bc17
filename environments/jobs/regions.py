"""The job that subscribes the tenancy to a region, for good."""

from datetime import timedelta
from typing import Any

from environments.jobs.plans import StillAllowedJob
from environments.models import Environment
from environments.regions.read import read_subscriptions
from portal.accounts.models import User
from portal.cloud.client import CloudClient, client
from portal.jobs.definition import Done, Step, StepContext, StepResult, Stop, Wait
from portal.jobs.models import Job

PAUSE = 5.0  # seconds between two looks: a subscription takes minutes


class SubscribeRegion(StillAllowedJob):
    """Orders the subscription, then waits until OCI calls the region ready."""

    deadline = timedelta(hours=2)

    def title(self, job: Job) -> str:
        """Name the region."""
        return f"Subscribe the tenancy to {job.spec['region']}"

    def steps(self, job: Job) -> list[Step]:
        """Order, then wait."""
        region = job.spec["region"]
        return [
            Step("subscribe", self.subscribe, label=f"Request the subscription to {region}"),
            Step(
                "ready",
                self.ready,
                needs=["subscribe"],
                label=f"Wait until {region} is ready",
                deadline_seconds=7200,
            ),
        ]

    def subscribe(self, ctx: StepContext) -> StepResult:
        """Order it, unless the tenancy has it already: there is no way back, so nothing is
        ordered twice.
        """
        cloud, name = client(ctx.spec["home"]), ctx.spec["region"]
        if name in read_subscriptions(cloud):
            return Done({"region": name, "already": True})
        keys = {region["name"]: region["key"] for region in cloud.pages("identity", "list_regions")}
        if name not in keys:
            raise Stop(
                f"OCI has no region {name}.",
                f"Correct the disaster recovery region of {ctx.job.environment}.",
            )
        body = {"regionKey": keys[name]}
        ctx.change(
            "identity",
            "create_region_subscription",
            body,
            cloud.tenancy,
            target=name,
            find=lambda: _subscription(cloud, name),
            client=cloud,
        )
        return Done({"region": name, "already": False})

    def ready(self, ctx: StepContext) -> StepResult:
        """Look until it is ready; the pages know it from then on."""
        found = read_subscriptions(client(ctx.spec["home"])).get(ctx.spec["region"])
        if found and found.is_ready:
            return Done({"region": found.name})
        return Wait(PAUSE, found.status.lower().replace("_", " ") if found else "not shown yet")

    def may(self, environment: Environment, user: User | None) -> bool:
        """Ask what the button asked."""
        return environment.can_subscribe_region(user)


def _subscription(cloud: CloudClient, name: str) -> dict[str, Any] | None:
    shown = cloud.pages("identity", "list_region_subscriptions", cloud.tenancy)
    return next((one for one in shown if one["regionName"] == name), None)
