"""Who and where: the tenancy's names, its regions, its OCIDs."""

from __future__ import annotations

import secrets
from base64 import b32encode
from dataclasses import dataclass

REGIONS = {
    "us-ashburn-1": "IAD",
    "us-phoenix-1": "PHX",
    "eu-frankfurt-1": "FRA",
    "uk-london-1": "LHR",
    "ap-tokyo-1": "NRT",
}
HOME, RECOVERY = "us-ashburn-1", "us-phoenix-1"
NAMESPACE = "axsandboxns01"


def ocid(word: str, region: str = "") -> str:
    """Return a new OCID of a type word; a region's name goes in as its key, as OCI writes it."""
    key = REGIONS[region].lower() if region else ""
    return f"ocid1.{word}.oc1.{key}.aaaa" + b32encode(secrets.token_bytes(35)).decode().lower()


@dataclass(frozen=True)
class Caller:
    """Who signed a request."""

    id: str
    name: str
    tenancy: str
    kind: str = "user"  # user | session | resource | instance | service | par | anonymous
    key: str = ""  # fingerprint of the key, or nothing
    compartment: str = ""  # of a resource or instance
    groups: tuple[str, ...] = ()  # OCIDs of dynamic groups, as they were at the token's issue

    @property
    def principal(self) -> str:
        """The name that tags and audit events show."""
        return f"default/{self.name}" if self.kind == "user" else self.name


NOBODY = Caller(id="", name="anonymous", tenancy="", kind="anonymous")
