"""Read from OCI which regions the tenancy is subscribed to."""

from dataclasses import dataclass

from django.urls import reverse

from environments.models import Environment, Region
from portal.cloud.client import CloudClient
from portal.lib.act import Act
from portal.lib.refusal import Refused


def read_subscriptions(cloud: CloudClient) -> dict[str, Region]:
    """Read the subscriptions, once, and keep them for the pages."""
    found: dict[str, Region] = Region.objects.update_from_wire(
        cloud.pages("identity", "list_region_subscriptions", cloud.tenancy)
    )
    return found


def require_subscribed(environment: Environment, cloud: CloudClient) -> None:
    """Refuse an environment in a region that the tenancy does not have.

    The disaster recovery region is not asked for: no resource of the blueprint uses it.
    """
    found = read_subscriptions(cloud)
    name = environment.home_region
    region = found.get(name)
    if region is not None and region.is_ready:
        return
    state = "is still being subscribed to" if region else "is not subscribed to"
    raise Refused(
        f"The region of {environment.slug}, {name}, {state}: the tenancy has "
        f"{', '.join(sorted(found))}.",
        next_step=(
            "OCI takes some minutes for it. Then plan again."
            if region
            else "Choose another in the settings, or subscribe to it in the OCI console; a "
            "subscription cannot be undone."
        ),
        act=Act("", f"environment:{environment.slug}", environment.slug),
    )


def dr_region_notes(environment: Environment) -> list[str]:
    """Return what a plan says of a disaster recovery region that the tenancy does not have."""
    status = dr_region_status(environment)
    if not status.name or status.state != "missing":
        return []
    page = reverse("dr-region", args=[environment.slug])
    return [
        f"The tenancy is not subscribed to {status.name}, the disaster recovery region. Nothing "
        "uses it yet, so the plan does not need it; without it there is no second region to "
        f"recover in. An admin subscribes to it on {page} (permanently), or chooses another in "
        "the settings."
    ]


@dataclass(frozen=True, slots=True)
class RegionStatus:
    """What the pages show of the disaster recovery region, from the portal's own database."""

    name: str
    state: str  # ready, busy, missing, or unknown while no plan has asked
    has: tuple[str, ...] = ()


def dr_region_status(environment: Environment) -> RegionStatus:
    """Return whether the tenancy has the environment's disaster recovery region."""
    known = {region.name: region for region in Region.objects.all()}
    region = known.get(environment.dr_region)
    state = (
        ("ready" if region.is_ready else "busy") if region else "missing" if known else "unknown"
    )
    return RegionStatus(environment.dr_region, state, tuple(known))
