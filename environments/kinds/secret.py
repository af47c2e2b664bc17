"""A secret: its place in the vault, never its value."""

from datetime import timedelta
from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen
from portal.lib.clock import now


class Secret(Kind):
    """Its name is unique in its vault, also while its deletion is pending."""

    name = "secret"
    group = "Vault"
    in_place = frozenset({"description", "freeformTags", "definedTags"})
    seconds = 10

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read the reference by OCID, else by tag or name in its vault."""
        found = scope.get("vaults", "get_secret", ocid, make=_seen) if ocid else None
        place = {"vault_id": want.place["vaultId"]}
        return found or scope.search(
            want, "vaults", "list_secrets", want.place["compartmentId"], make=_seen, get="get_secret", **place
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it with a first value that Vault makes up itself, so that the portal never sees one."""
        made_by_vault = {
            "enableAutoGeneration": True,
            "secretGenerationContext": {
                "generationType": "PASSPHRASE",
                "generationTemplate": "SECRETS_DEFAULT_PASSWORD",
                "passphraseLength": 32,
            },
        }
        return _seen(hand.change("vaults", "create_secret", {**want.place, **want.fields, **made_by_vault}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description or tags; a value goes another way."""
        return _seen(hand.change("vaults", "update_secret", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Schedule its deletion: unreadable at once, to be had back for 30 days."""
        body = {"timeOfDeletion": (now() + timedelta(days=30)).isoformat()}
        hand.change("vaults", "schedule_secret_deletion", found.ocid, body, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="secretName", version=wire.get("currentVersionNumber"))
