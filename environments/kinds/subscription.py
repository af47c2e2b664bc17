"""A subscription: sends what a topic announces to the portal's webhook."""

from typing import Any

from environments.desired import Actual, Desired
from environments.kinds.kind import TAGS, Wire, Writer
from environments.kinds.observability import TopicKind
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from portal.lib.redact import redact

SEAL_TAG = "portal-seal"


class SubscriptionKind(StandardKind):
    """Its address carries a password: `endpoint` is shown masked, `seal` is a keyed digest, a tag
    in OCI.

    It delivers once the portal has answered OCI's confirmation. Address and protocol are fixed.
    """

    name, group = "subscription", "Alarms"
    state_hints = {
        "PENDING": (
            "It is not confirmed, so no alarm reaches the portal. OCI must be able to reach the "
            "portal's webhook address: check that, then resend the confirmation in the OCI console."
        ),
    }
    service, noun = "ons_data", "subscription"
    needs = ("topic",)
    in_place = TAGS
    list_by = ("compartmentId", "topicId")
    replaceable = True
    price = "subscription"
    portal_rights = TopicKind.portal_rights
    terraform = Form(
        "oci_ons_subscription",
        left_out=frozenset({"seal", "endpoint"}),
        fixed={"endpoint": "${var.webhook_endpoint}"},
        ignored=("endpoint",),  # Terraform would make another one when the address is given
    )

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Show the address masked, and the digest of its password from the tag."""
        endpoint = str(redact(wire.get("endpoint") or ""))
        seal = (wire.get("freeformTags") or {}).get(SEAL_TAG, "")
        return Actual.from_wire(
            {**wire, "endpoint": endpoint, "displayName": endpoint, "seal": seal}
        )

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it with the whole address."""
        fields = {name: value for name, value in want.fields.items() if name != "seal"}
        fields["freeformTags"] = {**fields["freeformTags"], SEAL_TAG: want.fields["seal"]}
        body = {**want.place, **fields, "endpoint": writer.webhook_address()}
        return self.from_wire(writer.change(self.service, "create_subscription", body).data)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change tags; what OCI answers does not hold all of it."""
        super().update(writer, want, actual, fields)
        return None
