"""What the portal must be allowed in OCI to look after environments."""

from environments.blueprint.policies import METRICS
from environments.kinds import KINDS
from portal.cloud.portal_policy import PortalRight

RIGHTS = [
    PortalRight("inspect tenancies in tenancy", "each plan: the regions of the tenancy"),
    *[
        PortalRight(may, name.replace("_", " "))
        for name, kind in KINDS.items()
        for may in kind.portal_rights
    ],
    PortalRight(
        "{TENANCY_UPDATE} in tenancy",
        "the act that subscribes to a region; leave it out if no one is to use that act",
    ),
    PortalRight(
        f"use metrics in compartment id P where target.metrics.namespace = '{METRICS}'",
        "custom metrics",
    ),
    PortalRight("read audit-events in compartment id P", "drift: who changed a resource"),
]
