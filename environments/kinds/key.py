"""An encryption key: encrypts the secrets."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Make, Recoverable, Scope, seen
from environments.kinds.states import soonest


class Key(Recoverable):
    """Secrets need a symmetric key of the same vault."""

    name = "key"
    group = "Vault"
    waiting_days = 7  # the least that OCI takes for a key (ScheduleKeyDeletionDetails)
    in_place = frozenset({"displayName", "freeformTags", "definedTags"})
    seconds = 15

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name, at the endpoint of its vault."""
        at = want.place["at"]
        make = _seen_at(at)
        found = scope.get("kms_management", "get_key", ocid, make=make, at=at) if ocid else None
        return found or scope.search(
            want, "kms_management", "list_keys", want.place["compartmentId"], make=make, get="get_key", at=at
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Create it in its vault."""
        body = {"compartmentId": want.place["compartmentId"], **want.fields}
        return _seen_at(want.place["at"])(hand.change("kms_management", "create_key", body, at=want.place["at"]).data)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change name or tags."""
        answer = hand.change("kms_management", "update_key", found.ocid, fields, target=found.ocid, at=want.place["at"])
        return _seen_at(want.place["at"])(answer.data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Schedule its deletion: what it encrypted is unreadable at once, and can be had back for 7 to 8 days."""
        body = {"timeOfDeletion": soonest(self.waiting_days)}
        hand.change("kms_management", "schedule_key_deletion", found.ocid, body, target=found.ocid, at=found.facts["at"])

    def recover(self, hand: Hand, found: Found) -> None:
        """Cancel its deletion: what it encrypted can be read again."""
        hand.change("kms_management", "cancel_key_deletion", found.ocid, target=found.ocid, at=found.facts["at"])


def _seen_at(endpoint: str) -> Make:
    def make(wire: dict[str, Any]) -> Found:
        version, day = wire.get("currentKeyVersion"), wire.get("timeOfDeletion")
        return seen(wire, at=endpoint, version=version, timeOfDeletion=day)

    return make
