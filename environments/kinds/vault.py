"""A vault: where keys and secrets are kept."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Recoverable, Scope, seen
from environments.kinds.states import soonest


class Vault(Recoverable):
    """Its keys are managed at an endpoint of its own."""

    name = "vault"
    group = "Vault"
    waiting_days = 7  # the least that OCI takes for a vault (ScheduleVaultDeletionDetails)
    in_place = frozenset({"displayName", "freeformTags", "definedTags"})
    seconds = 60

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("kms_vault", "get_vault", ocid, make=_seen) if ocid else None
        return found or scope.search(want, "kms_vault", "list_vaults", want.place["compartmentId"], make=_seen)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in the shared partition of the hardware."""
        return _seen(hand.change("kms_vault", "create_vault", {**want.place, **want.fields}).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags."""
        return _seen(hand.change("kms_vault", "update_vault", found.ocid, fields, target=found.ocid).data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Schedule its deletion, keys and secrets included: all is unreadable at once, and can be had back for 7 to 8 days."""
        body = {"timeOfDeletion": soonest(self.waiting_days)}
        hand.change("kms_vault", "schedule_vault_deletion", found.ocid, body, target=found.ocid)

    def recover(self, hand: Hand, found: Found) -> None:
        """Cancel its deletion: keys and secrets in it can be read again."""
        hand.change("kms_vault", "cancel_vault_deletion", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, managementEndpoint=wire.get("managementEndpoint"), timeOfDeletion=wire.get("timeOfDeletion"))
