"""What the blueprint may know of an environment, with the shapes that its sections share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from environments import naming
from environments.desired import TENANCY, Desired
from environments.settings.rules import complete

ROOT = {"compartmentId": f"${{{TENANCY}}}"}
HOME = {"compartmentId": "${compartment}"}
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class Order:
    """Everything the blueprint may know of an environment."""

    slug: str
    position: int
    prefix: str
    owner: str
    cost_center: str
    settings: Mapping[str, Any]
    region: str
    webhook: str  # as it may be shown: without the password
    webhook_seal: str
    portal: str = ""  # address of the portal, for the links in alarms
    certificate: str = ""  # OCID of the certificate that was imported for the API's name; empty while there is none

    @property
    def speaks_https(self) -> bool:
        """Say whether HTTPS can be offered: it takes a name, and a certificate for it."""
        return bool(self.certificate and self.complete()["domain"])

    def ways_in(self) -> dict[int, str]:
        """Return the ports that the whole internet may reach, all on the load balancer, with who comes there."""
        of = self.complete()
        return {
            of["listener_port"]: "visitors",
            **({of["https_listener_port"]: "visitors by HTTPS"} if self.speaks_https else {}),
        }

    def tag_values(self) -> dict[str, str]:
        """Return the cost tags of everything that belongs to this environment."""
        return {"project": self.prefix, "env": self.slug, "owner": self.owner, "costCenter": self.cost_center}

    def complete(self) -> dict[str, Any]:
        """Return every setting, the missing ones with their defaults."""
        return complete(self.settings, position=self.position)


def named(order: Order, key: str, kind: str, what: str, place: dict[str, Any], fields: dict[str, Any]) -> Desired:
    """Return a resource that OCI calls by a display name."""
    name = naming.thing(order.prefix, order.slug, what)
    return Desired(key, kind, name, place, {"displayName": name, **fields})


def described(
    order: Order, key: str, meaning: str, what: str, place: dict[str, Any], fields: dict[str, Any], needs: Sequence[str] = ()
) -> Desired:
    """Return a resource that has a description and a name that never changes."""
    name = naming.thing(order.prefix, order.slug, what)
    described = {"description": f"{order.prefix} {order.slug}: {meaning}", **fields}
    return Desired(key, key.partition(".")[0], name, place, described, needs=tuple(needs))
