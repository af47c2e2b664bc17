"""An imported certificate: with what the load balancer proves that it is who it says."""

from datetime import timedelta
from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen
from portal.lib.clock import now
from portal.lib.refusal import Refused


class Certificate(Kind):
    """Its private key goes from the form of its page to OCI and nowhere else, so no apply can make it."""

    name = "certificate"
    group = "Traffic"
    in_place = frozenset({"description", "freeformTags", "definedTags"})
    made_elsewhere = (
        "No plan can make it, because the portal keeps no private key: import it on the environment's certificate page."
    )

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("certificates_management", "get_certificate", ocid, make=seen_certificate) if ocid else None
        place = {"compartment_id": want.place["compartmentId"]}
        return found or scope.search(
            want, "certificates_management", "list_certificates", make=seen_certificate, get="get_certificate", **place
        )

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Refuse: the plan does so before."""
        raise Refused(f"{want.name} is not there.", next_step=self.made_elsewhere)

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change description or tags; a new version comes by its page."""
        answer = hand.change("certificates_management", "update_certificate", found.ocid, fields, target=found.ocid)
        return seen_certificate(answer.data)

    def delete(self, hand: Hand, found: Found) -> None:
        """Schedule its deletion: OCI keeps it for 30 days, and refuses while a listener uses it."""
        body = {"timeOfDeletion": (now() + timedelta(days=30)).isoformat()}
        hand.change("certificates_management", "schedule_certificate_deletion", found.ocid, body, target=found.ocid)

    def remark(self, want: Desired, found: Found) -> str:
        """Say until when it is valid."""
        until = str(found.facts.get("not_after") or "")
        return f"It is valid until {until[:10]}." if until else ""


def seen_certificate(wire: dict[str, Any]) -> Found:
    """Return a certificate as found, with what is to know of its current version."""
    version = wire.get("currentVersion") or wire.get("currentVersionSummary") or {}
    return seen(
        wire,
        name="name",
        version=version.get("versionNumber"),
        serial=version.get("serialNumber"),
        not_after=(version.get("validity") or {}).get("timeOfValidityNotAfter"),
        names=[name.get("value") for name in version.get("subjectAlternativeNames") or []],
    )
