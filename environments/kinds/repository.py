"""A container repository."""

from functools import partial
from typing import Any

from environments.desired import Actual, Desired, refs
from environments.kinds.kind import TAGS, Reader, Wire, Writer
from environments.kinds.removals import ends, moves
from environments.kinds.standard import StandardKind
from environments.kinds.terraform_form import Form
from portal.cloud.errors import NotFoundOrForbidden


class RepositoryKind(StandardKind):
    """Created before the first push: a push to an unknown path creates it in the root
    compartment.
    """

    name, group = "container repository", "Delivery"
    holds_data = True
    loss = "Its images are lost: a release that needs them cannot be rolled back to."
    service, noun, plural = "artifacts", "container_repository", "container_repositories"
    tenancy_wide = True
    in_place = TAGS | {"isPublic", "isImmutable", "compartmentId"}
    removals = {
        "isPublic": ends(False, "Pulling without credentials ends."),
        "compartmentId": moves,
    }
    list_is_partial = True
    name_in_body = "displayName"
    name_taken_hint = (
        "The path is unique in the tenancy, and taken by a repository that the portal cannot see. "
        "Give the portal `read repos in tenancy` and plan again, or give the environment another "
        "prefix."
    )
    price = "repository"
    not_exported = "images: push them again, or copy them from the registry of another region"
    portal_rights = ("manage repos in compartment id P", "inspect repos in tenancy")
    terraform = Form("oci_artifacts_container_repository", name="display_name", kept=True)

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Keep the path to push to as a fact."""
        return Actual.from_wire(wire, path=f"{wire.get('namespace')}/{wire.get('displayName')}")

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read it in its compartment, else by path wherever in the tenancy a push created it."""
        get, make = f"get_{self.noun}", self.from_wire
        search = partial(
            reader.search, want, self.service, f"list_{self.plural}", make=make, get=get
        )
        found = reader.get(self.service, get, ocid, make=make) if ocid else None
        if not found and not refs(want.place):
            found = search(compartment_id=want.place["compartmentId"])
        everywhere = partial(search, compartment_id_in_subtree="true", display_name=want.name)
        try:
            return found or everywhere(compartment_id=reader.client.tenancy)
        except NotFoundOrForbidden:
            return None  # the portal may read its own compartments only; creating it will tell

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Change visibility or tags; move it first, with its images, out of another compartment."""
        if "compartmentId" not in fields:
            return super().update(writer, want, actual, fields)
        body, ocid = {"compartmentId": fields["compartmentId"]}, actual.ocid
        operation = "change_container_repository_compartment"
        writer.change(self.service, operation, ocid, body, target=ocid)
        return None

    def foreign_hint(self, want: Desired, actual: Actual) -> str:
        """Say that a push created it in the root compartment before it was created here."""
        where = actual.wire.get("compartmentId")
        if where == want.place["compartmentId"]:
            return ""
        return (
            f"It is in the compartment {where}: a push to a path that does not exist creates it in "
            "the root compartment. Once it carries these tags, the next plan moves it here with "
            "its images."
        )
