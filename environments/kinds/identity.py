"""Compartments, tags, groups and policies: kinds of the Identity service."""

from typing import Any

from environments.desired import Actual, Desired
from environments.kinds.kind import DESCRIBED, Kind, Reader, Wire, Writer
from environments.kinds.removals import another_value, items
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from environments.kinds.watched import all_unset

RETIRED_TAG = "It is retired and cannot be used. The portal reactivates it."
RETIRED_NAMESPACE = (
    "It is retired: none of its tags can be used. "
    "The portal brings it back, and then each of its keys."
)


class IdentityKind(StandardKind):
    """Written in the tenancy's home region; other regions follow in minutes."""

    service = "identity"
    name_field = "name"
    price = "free"


class CompartmentKind(IdentityKind):
    """Its name is unique in its parent compartment, and stays taken a while after a deletion."""

    name, group, noun = "compartment", "Tenancy", "compartment"
    needs = ()
    holds_data = True
    in_place = DESCRIBED | {"name"}
    lives_in_root = True
    usual_seconds = 15
    console = "/identity/compartments/{ocid}"
    portal_rights = ("manage compartments in compartment id P",)
    terraform = Form("oci_identity_compartment", kept=True)


class TagNamespaceKind(IdentityKind):
    """Unique in the tenancy, whatever the case of its letters; it is retired, not renamed."""

    name, group, noun = "tag namespace", "Tenancy", "tag_namespace"
    needs = ()
    in_place = frozenset({"description", "isRetired", "freeformTags"})
    not_at_creation = frozenset({"isRetired"})
    good_states = frozenset({"ACTIVE", "INACTIVE"})  # inactive is retired, which a field says
    lives_in_root = True
    portal_rights = (
        "use tag-namespaces in tenancy",  # a tag default brings no name that a condition could ask
        "manage tag-namespaces in tenancy where target.tag-namespace.name = 'TAG_NAMESPACE'",
    )
    terraform = Form("oci_identity_tag_namespace")

    def remark(self, want: Desired, actual: Actual) -> str:
        """Say what it means that somebody retired it."""
        return RETIRED_NAMESPACE if actual.wire.get("isRetired") else ""


class TagKind(Kind):
    """A tag key: its name is unique in its namespace, and is its address."""

    name, group = "tag key", "Tenancy"
    watched = all_unset("validator")
    needs = ("tag_namespace",)
    good_states = TagNamespaceKind.good_states
    in_place = frozenset({"description", "isCostTracking", "isRetired", "freeformTags"})
    lives_in_root = True
    price = "free"
    portal_rights = TagNamespaceKind.portal_rights
    terraform = Form("oci_identity_tag", imported="tagNamespaces/{tagNamespaceId}/tags/{name}")

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by name in its namespace."""
        space = want.place["tagNamespaceId"]
        return reader.get("identity", "get_tag", space, want.name, make=_from_wire)

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it in its namespace; a new one is in use at once."""
        body = {name: value for name, value in want.fields.items() if name != "isRetired"}
        space = want.place["tagNamespaceId"]
        return _from_wire(writer.change("identity", "create_tag", space, body).data)

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change description, cost tracking or tags, or bring it back from retirement."""
        place = (want.place["tagNamespaceId"], want.name)
        answer = writer.change("identity", "update_tag", *place, fields, target=actual.ocid)
        return _from_wire(answer.data)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete it; OCI wants it retired first."""
        place = (actual.wire["tagNamespaceId"], actual.name)
        writer.change("identity", "delete_tag", *place, target=actual.ocid)

    def remark(self, want: Desired, actual: Actual) -> str:
        """Say what it means that somebody retired it."""
        return RETIRED_TAG if actual.wire.get("isRetired") else ""


class TagDefaultKind(IdentityKind):
    """Has no name and no tags: compartment and tag key together are its address.

    What exists when it is created keeps the tags that it has.
    """

    name, group, noun = "tag default", "Tenancy", "tag_default"
    in_place = frozenset({"value", "isRequired"})
    tagged = False
    name_field = "tagDefinitionName"
    always_sent = ("value", "isRequired")
    portal_rights = ("manage tag-defaults in compartment id P",)
    terraform = Form("oci_identity_tag_default")

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read it out of the compartment's list, by its tag key."""
        within = {"compartment_id": want.place["compartmentId"]}
        tag, listed = want.place["tagDefinitionId"], reader.list_all
        defaults = listed("identity", "list_tag_defaults", **within)
        return next(
            (self.from_wire(one) for one in defaults if one["tagDefinitionId"] == tag), None
        )


class GroupKind(IdentityKind):
    """A group of people, unique in the tenancy, also among dynamic groups; members are not
    planned.
    """

    name, group, noun = "group", "Rights", "group"
    needs = ()
    in_place = frozenset({"description", "freeformTags"})
    name_in_body = "name"
    lives_in_root = True
    not_exported = "members of groups: they are managed in the identity domain"
    portal_rights = (
        "inspect groups in tenancy",
        "manage groups in tenancy where target.group.name = /PREFIX-*/",
    )
    terraform = Form("oci_identity_group", name="name")


class DynamicGroupKind(IdentityKind):
    """Running containers that policies give rights to; its rule says which."""

    name, group, noun = "dynamic group", "Rights", "dynamic_group"
    in_place = DESCRIBED | {"matchingRule"}
    removals = {
        "matchingRule": another_value("What only this rule matches loses its rights: {have}")
    }
    name_in_body = "name"
    lives_in_root = True
    portal_rights = ("manage dynamic-groups in tenancy",)
    terraform = Form("oci_identity_dynamic_group", name="name")


class PolicyKind(IdentityKind):
    """Lives in the environment's compartment: statements that say who may do what in it."""

    state_hints = {
        "INACTIVE": "Its statements may give no rights. Look at it in the OCI console.",
    }
    name, group, noun, plural = "policy", "Rights", "policy", "policies"
    watched = all_unset("versionDate")
    in_place = DESCRIBED | {"statements"}
    removals = {"statements": items("Statement")}
    name_in_body = "name"
    list_is_partial = True
    only_if_unchanged = True
    any_name = True
    portal_rights = ("manage policies in compartment id P",)
    terraform = Form("oci_identity_policy", name="name")


def _from_wire(wire: Wire) -> Actual:
    return Actual.from_wire(wire, name="name")
