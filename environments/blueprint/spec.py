"""What the blueprint may know of an environment, and the shapes that its sections share. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from environments import naming
from environments.desired import TENANCY, Desired
from environments.settings.rules import EnvironmentSettings, split_tags

ROOT = {"compartmentId": f"${{{TENANCY}}}"}
HOME = {"compartmentId": "${compartment}"}
ANYWHERE = "0.0.0.0/0"

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """Everything the blueprint may know of an environment."""

    slug: str
    prefix: str
    owner: str
    cost_center: str
    settings: EnvironmentSettings
    region: str
    webhook: str  # as it may be shown: without the password
    webhook_seal: str
    portal: str = ""  # address of the portal, for the links in alarms
    certificate: str = ""  # OCID of the certificate imported for the API's name, if there is one

    @property
    def speaks_https(self) -> bool:
        """Say whether HTTPS can be offered: it takes a name, and a certificate for it."""
        return bool(self.certificate and self.settings["domain"])

    @property
    def is_prod(self) -> bool:
        """Say whether it is production, by its position."""
        return self.settings.position >= 3

    def public_ports(self) -> dict[int, str]:
        """Return the ports of the load balancer that are open to the internet, with their users."""
        ports = {self.settings["listener_port"]: "visitors"}
        if self.speaks_https:
            ports[self.settings["https_listener_port"]] = "visitors by HTTPS"
        return ports

    def cost_tags(self) -> dict[str, str]:
        """Return the cost tags of everything that belongs to this environment."""
        return {
            "project": self.prefix,
            "env": self.slug,
            "owner": self.owner,
            "costCenter": self.cost_center,
        }

    def changed(self, changes: Mapping[str, Any]) -> "EnvironmentSpec":
        """Return it with other settings, another owner or another cost centre."""
        chosen, tags = split_tags(changes)
        return replace(self, settings=self.settings.changed(**chosen), **tags)

    def name(self, what: str) -> str:
        """Return the name in OCI of what lives in the environment's compartment."""
        return naming.thing(self.prefix, self.slug, what)

    def named(self, key: str, what: str, place: Fields, fields: Fields) -> Desired:
        """Return a resource that OCI knows by a display name."""
        name = self.name(what)
        return resource(key, name, place, {"displayName": name, **fields})

    def described(
        self,
        key: str,
        meaning: str,
        what: str,
        place: Fields,
        fields: Fields,
        needs: Sequence[str] = (),
    ) -> Desired:
        """Return a resource that has a description and a name that never changes."""
        fields = {"description": f"{self.prefix} {self.slug}: {meaning}", **fields}
        return resource(key, self.name(what), place, fields, needs=tuple(needs))


def resource(
    key: str,
    name: str,
    place: Fields,
    fields: Fields,
    *,
    needs: tuple[str, ...] = (),
    owner: str = "",
) -> Desired:
    """Return a resource whose key begins with the name of its kind."""
    return Desired(key, key.partition(".")[0], name, place, fields, needs, owner)
