"""Step: create one container instance of the release."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from portal.cloud.errors import OutOfCapacity
from portal.jobs.definition import Done, Step, StepContext, StepResult
from releases.deployment import images, instance, instances
from releases.deployment.context import home, plan_of
from releases.deployment.steps import check_images

CREATE = "create_container_instance"
FAULT_DOMAINS = ("FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3")  # in each domain of OCI


def name(role: str, number: int) -> str:
    """Return the step's name, which the instance carries as a tag."""
    return f"start_{role}_{number}"


def step(role: str, number: int, *, needs: tuple[str, ...]) -> Step:
    """Return the step for one instance of the role (api or worker)."""
    return Step(
        name(role, number),
        partial(create_instance, role, number),
        needs,
        f"Start new {images.NAMES[role]} instance {number}",
    )


def create_instance(role: str, number: int, ctx: StepContext) -> StepResult:
    """Create the instance; after a lost answer it is found by its tags."""
    plan, job = plan_of(ctx), str(ctx.job.pk)
    place = plan.place

    def find() -> dict[str, object] | None:
        return next(iter(instances.made_by(ctx, place, job, name(role, number))), None)

    def body(domain: str) -> dict[str, Any]:
        namespace = home(ctx).namespace
        return instance.details(plan, role, number, job=job, domain=domain, namespace=namespace)

    check_images.require_approved(ctx, role, "No container was created of it.")
    made = create_where_free(ctx, number, body, find)
    ctx.say(f"{made['displayName']} is being created")
    return Done({"instance": made["id"], "name": made["displayName"]})


def create_where_free(
    ctx: StepContext,
    number: int,
    body: Callable[[str], dict[str, Any]],
    find: Callable[[], dict[str, Any] | None],
) -> dict[str, Any]:
    """Create the instance of this number; return it.

    The numbers are spread over availability and fault domains. A domain without free hardware
    is followed by the next, at last in any fault domain. Where it is tried is
    remembered: a second try must send the same. Raises OutOfCapacity when all are full.
    """
    compartment = plan_of(ctx).place.compartment
    if "domain" not in ctx.memo:
        _choose(ctx, number, 0)
    while True:
        tried, domain = ctx.memo.get("tried", 0), ctx.memo["domain"]
        fault_domain = ctx.memo.get("fault_domain")
        place = {"faultDomain": fault_domain} if fault_domain else {}
        try:
            return dict(
                ctx.change(
                    "container_instances",
                    CREATE,
                    {**body(domain), **place},
                    label=f"{CREATE} {tried + 1}" if tried else CREATE,
                    target=compartment,
                    client=home(ctx),
                    find=find,
                ).data
            )
        except OutOfCapacity:
            ctx.say(f"no capacity in {domain}{f', {fault_domain}' if fault_domain else ''}")
            if not _choose(ctx, number, tried + 1):
                raise


def candidates(domains: Sequence[str], number: int) -> list[tuple[str, str]]:
    """Return where the instance of this number may be, best first: (availability domain, fault
    domain); "" leaves the fault domain to OCI.
    """
    first = (number - 1) % len(domains)
    ordered = [*domains[first:], *domains[:first]]
    fault_domain = FAULT_DOMAINS[(number - 1) // len(domains) % len(FAULT_DOMAINS)]
    return [(one, fault_domain) for one in ordered] + [(one, "") for one in ordered]


def _choose(ctx: StepContext, number: int, tried: int) -> bool:
    """Remember where to try next; False when all were tried, and a resumed job begins again."""
    compartment = plan_of(ctx).place.compartment
    listed = home(ctx).pages("identity", "list_availability_domains", compartment)
    possible = candidates([str(one["name"]) for one in listed], number)
    left = tried < len(possible)
    at = tried if left else 0
    ctx.remember(tried=at, domain=possible[at][0], fault_domain=possible[at][1])
    return left
