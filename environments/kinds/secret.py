"""A secret: its place in the vault, never its value."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Recoverable, Scope, seen
from environments.kinds.states import soonest


class Secret(Recoverable):
    """Its name is unique in its vault, also while its deletion is pending."""

    name = "secret"
    group = "Vault"
    waiting_days = 1  # the least that OCI takes for a secret (ScheduleSecretDeletionDetails)
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
        """Schedule its deletion: unreadable at once, its name taken; to be had back for 1 to 2 days."""
        body = {"timeOfDeletion": soonest(self.waiting_days)}
        hand.change("vaults", "schedule_secret_deletion", found.ocid, body, target=found.ocid)

    def recover(self, hand: Hand, found: Found) -> None:
        """Cancel its deletion: it can be read again."""
        hand.change("vaults", "cancel_secret_deletion", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, name="secretName", version=wire.get("currentVersionNumber"), timeOfDeletion=wire.get("timeOfDeletion"))
