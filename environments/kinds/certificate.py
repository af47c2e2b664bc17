"""An imported certificate: with what the load balancer proves that it is who it says."""

from datetime import timedelta
from typing import Any

from environments.desired import Actual, Desired
from environments.kinds.kind import DESCRIBED, Wire, Writer
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from portal.lib.clock import now
from portal.lib.refusal import Refused

IMPORTED = {
    "config_type": "IMPORTED",
    "certificate_pem": "${var.certificate_pem}",
    "cert_chain_pem": "${var.certificate_chain_pem}",
    "private_key_pem": "${var.certificate_private_key_pem}",
}


class CertificateKind(StandardKind):
    """Its private key goes from the form of its page to OCI and nowhere else: no apply
    creates it.
    """

    name, group = "certificate", "Traffic"
    service, noun = "certificates_management", "certificate"
    in_place = DESCRIBED
    list_is_partial = True
    created_by_hint = (
        "No plan can create it, because the portal keeps no private key: import it on the "
        "environment's certificate page."
    )
    price = "free"
    not_exported = "the certificate's private key: import certificate and key again"
    portal_rights = ("manage leaf-certificate-family in compartment id P",)
    terraform = Form(
        "oci_certificates_management_certificate",
        name="name",
        fixed={"certificate_config": IMPORTED},
        kept=True,
        ignored=("certificate_config",),
    )

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Keep what is to know of its current version as facts."""
        return certificate_from_wire(wire)

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Refuse: the plan does so before."""
        raise Refused(f"{want.name} does not exist.", next_step=self.created_by_hint)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Schedule its deletion: OCI keeps it for 30 days, and refuses while a listener uses it."""
        body = {"timeOfDeletion": (now() + timedelta(days=30)).isoformat()}
        operation = "schedule_certificate_deletion"
        writer.change(self.service, operation, actual.ocid, body, target=actual.ocid)

    def remark(self, want: Desired, actual: Actual) -> str:
        """Say until when it is valid."""
        until = str(actual.facts.get("not_after") or "")
        return f"It is valid until {until[:10]}." if until else ""


def certificate_from_wire(wire: Wire) -> Actual:
    """Return a certificate with number, serial, end and names of its current version as facts."""
    version: dict[str, Any] = wire.get("currentVersion") or wire.get("currentVersionSummary") or {}
    return Actual.from_wire(
        wire,
        name="name",
        version=version.get("versionNumber"),
        serial=version.get("serialNumber"),
        not_after=(version.get("validity") or {}).get("timeOfValidityNotAfter"),
        names=[name.get("value") for name in version.get("subjectAlternativeNames") or []],
    )
