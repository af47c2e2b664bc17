"""What the portal must be allowed in OCI to release, beside what the kinds of resources need."""

from environments import naming
from portal.cloud.portal_policy import PortalRight

_NAMES = ", ".join(f"target.secret.name = '{name}'" for name in naming.READ_SECRETS)
_BUCKETS = ", ".join(f"target.bucket.name = /*-{name}/" for name in naming.READ_BUCKETS)

RIGHTS = [
    PortalRight("manage compute-container-family in compartment id P", "deployment: containers"),
    PortalRight(
        f"read objects in compartment id P where any {{{_BUCKETS}}}",
        "frontend: kept bundles and published files",
    ),
    PortalRight(
        f"read secret-bundles in compartment id P where any {{{_NAMES}}}",
        "smoke test: sign in; frontend: no bundle contains a secret, CDN purge",
    ),
]
