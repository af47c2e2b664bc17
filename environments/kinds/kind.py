"""What every kind of resource offers: how it is named, what it needs, how it is read and
changed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from environments.desired import Actual, Desired, Difference, refs
from environments.kinds.removals import Removals
from environments.kinds.states import is_broken, is_busy, is_dying, is_gone
from environments.kinds.terraform_form import Arguments, Form, TerraformPart
from environments.kinds.update_cost import TAKES, UpdateCost
from environments.kinds.watched import Check

if TYPE_CHECKING:
    from portal.cloud.client import Answer, CloudClient

Wire = dict[str, Any]  # a body in OCI's own names (camelCase)
Make = Callable[[Wire], Actual]
TAGS = frozenset({"freeformTags", "definedTags"})
NAMED = TAGS | {"displayName"}
DESCRIBED = TAGS | {"description"}


class Reader(Protocol):
    """What reading offers to a kind."""

    client: CloudClient

    def get(
        self, service: str, operation: str, *args: str, make: Make, at: str = ""
    ) -> Actual | None:
        """Read one resource; None when OCI does not know it, or says that it is deleted."""

    def search(
        self,
        want: Desired,
        service: str,
        operation: str,
        *args: str,
        make: Make,
        get: str = "",
        **filters: str,
    ) -> Actual | None:
        """Return the resource of a list that carries the portal's tags for it, else the one of its
        name.

        `get` names the operation that reads it whole, where the list shows only a part of it.
        """

    def list_all(self, service: str, operation: str, *args: str, **filters: str) -> list[Any]:
        """Return a whole list; OCI is asked once, however many kinds want it."""


class Writer(Protocol):
    """What changing offers to a kind; every call goes through the ledger of the job."""

    client: CloudClient

    def change(
        self,
        service: str,
        operation: str,
        *args: Any,
        target: str = "",
        at: str = "",
        apart: str = "",
        **kwargs: Any,
    ) -> Answer:
        """Make one changing call; `apart` sets it apart from others of the same operation."""

    def webhook_address(self) -> str:
        """Return the address of the portal's webhook with its password, for the call that
        needs it.
        """


AS_MADE = "(as the portal makes it)"


class Kind(ABC):
    """A kind of OCI resource. A subclass says only what is particular to it."""

    name: ClassVar[str]
    group: ClassVar[str]
    in_place: ClassVar[frozenset[str]]  # fields that OCI changes without making a new resource
    needs: ClassVar[tuple[str, ...]] = ("compartment",)
    replaceable: ClassVar[bool] = False  # may be deleted and recreated: nothing is in it
    holds_data: ClassVar[bool] = False  # its deletion loses what nothing else has
    loss: ClassVar[str] = ""  # what a plan says is lost with it when an environment is destroyed
    tagged: ClassVar[bool] = True
    serialize_by: ClassVar[str] = ""  # kinds with the same value are changed one after the other
    deleted_with: ClassVar[str] = ""  # the kind of the whole that OCI deletes it with
    protects: ClassVar[str] = ""  # the kind of the whole whose content it keeps from being deleted
    work_requests: ClassVar[str] = ""  # the service whose work requests say how a change goes on
    usual_seconds: ClassVar[int] = 5  # to create it
    timeout: ClassVar[int] = 1800  # seconds for one of its steps
    lives_in_root: ClassVar[bool] = False  # in the tenancy's root compartment
    tenancy_wide: ClassVar[bool] = False  # may exist although what its place refers to does not
    # The states in which it does its work; any other that lasts is shown as drift.
    good_states: ClassVar[frozenset[str]] = frozenset({"ACTIVE", "AVAILABLE"})
    state_hints: ClassVar[Mapping[str, str]] = {}  # state -> what it means and the next step
    no_change_in: ClassVar[frozenset[str]] = frozenset()  # states in which OCI refuses a change
    watched: ClassVar[Mapping[str, Check]] = {}  # fields that no setting names; see watched.py
    update_costs: ClassVar[Mapping[str, UpdateCost]] = {}  # field -> what any change of it costs
    costs_when_lowered: ClassVar[Mapping[str, UpdateCost]] = {}  # field with a number -> the same
    removals: ClassVar[Mapping[str, Removals]] = {}  # field -> what ends when it is changed
    moves_traffic: ClassVar[bool] = False  # says at which port something answers
    closes_ports: ClassVar[bool] = False  # its rules let in: what it takes away goes last
    cannot_change_hint: ClassVar[str] = "Restore the setting."  # for a field that is fixed in OCI
    created_by_hint: ClassVar[str] = ""  # how it is created, where no apply can create it
    name_taken_hint: ClassVar[str] = ""  # when something that the portal cannot see has its name
    # Adoption of what was built by hand
    keepable: ClassVar[frozenset[str]] = (
        frozenset()
    )  # fixed in OCI, and the product takes any value
    any_name: ClassVar[bool] = False  # its name is fixed in OCI but means nothing to anything else
    # What pages, the export and the documentation say of it
    price: ClassVar[str] = ""  # "free", or its row in reconcile/prices.toml; empty: not known
    console: ClassVar[str] = ""  # path in the OCI console over ocid, name, namespace and other keys
    not_exported: ClassVar[str] = ""  # what of it an export cannot hold, and where it comes from
    portal_rights: ClassVar[tuple[str, ...]] = ()  # what the portal needs in OCI to manage it
    terraform: ClassVar[Form]
    terraform_facts: ClassVar[Mapping[str, str]] = {}  # fact -> expression over {address}

    def remark(self, want: Desired, actual: Actual) -> str:
        """Return what a plan adds to its reason: what a difference means, what happens by
        itself.
        """
        return ""

    def foreign_hint(self, want: Desired, actual: Actual) -> str:
        """Return what a plan adds when it refuses a resource of this name that is not the
        portal's.
        """
        return ""

    def set_by_hand(self, want: Desired, actual: Actual) -> list[Difference]:
        """Return the watched fields that are not as the portal leaves them."""
        return [
            *self._elsewhere(want, actual),
            *[
                Difference(name, AS_MADE, actual.wire[name])
                for name, fits in self.watched.items()
                if name in actual.wire and name not in want.fields and not fits(actual.wire[name])
            ],
        ]

    def _elsewhere(self, want: Desired, actual: Actual) -> list[Difference]:
        """Return that it stands in another compartment, where the policies do not reach it."""
        name = "compartmentId"
        wanted, present = want.place.get(name), actual.wire.get(name)
        known = wanted and present and not refs(wanted) and not self.lives_in_root
        differs = known and wanted != present and name not in want.fields
        return [Difference(name, wanted, present)] if differs else []

    def needs_attention(self, state: str) -> bool:
        """Say whether it exists and lasts, but does not do its work in this state."""
        known = (is_broken(state), is_busy(state), is_dying(state), is_gone(state))
        return state.upper() not in self.good_states and not any(known)

    def state_words(self, name: str, state: str) -> str:
        """Return what a state that is not good means, and the next step."""
        look = "Look at it in the OCI console and bring it back from there."
        return f"OCI says that {name} is {state}. {self.state_hints.get(state.upper(), look)}"

    def costs_of_update(
        self, actual: Actual, differing: Sequence[Difference]
    ) -> Iterator[UpdateCost]:
        """Yield what changing these fields costs, and what it takes away."""
        known = [self.update_costs.get(one.field) for one in differing]
        known += [
            self.costs_when_lowered[one.field]
            for one in differing
            if one.field in self.costs_when_lowered and one.have and one.want < one.have
        ]
        yield from dict.fromkeys(cost for cost in known if cost)
        for one in differing:
            if one.field in self.removals:
                for words in self.removals[one.field](one.want, one.have):
                    yield UpdateCost(TAKES, words)

    def costs_of_creation(self, want: Desired) -> Iterator[UpdateCost]:
        """Yield what its creation takes away; references to what is there are filled in."""
        yield from ()

    def clash(self, want: Desired, whole: Actual) -> str:
        """Return why OCI would refuse it beside the other parts of its whole; empty when not."""
        return ""

    def widened(self, want: Desired, actual: Actual) -> Desired:
        """Return what is wanted with all that is there and not wanted: nothing is closed by it."""
        return want

    def deletion_blocker(self, actual: Actual) -> str:
        """Return why it may not be deleted now; empty when it may."""
        return ""

    def count_contents(self, reader: Reader, actual: Actual) -> int:
        """Return how many things it holds that OCI does not delete with it (one page of a list)."""
        return 0

    def delete_contents(self, writer: Writer, actual: Actual) -> bool:
        """Delete some of what it holds, for good; say whether there may be more."""
        return False

    def terraform_arguments(self, want: Desired) -> Arguments:
        """Return its arguments for Terraform, references still as the blueprint writes them."""
        return self.terraform.arguments(want)

    def terraform_parts(self, want: Desired, facts: Mapping[str, Any]) -> list[TerraformPart]:
        """Return what is a resource of its own for Terraform though a part of this one for OCI."""
        return []

    @abstractmethod
    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Return it as it is now: by its OCID if that is known and exists, else by tag or name."""

    @abstractmethod
    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it; return what OCI answered, if it answered the resource."""

    @abstractmethod
    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Set the fields that differ."""

    @abstractmethod
    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete it, or schedule its deletion where OCI knows no other way."""


class Recoverable(Kind):
    """A kind whose deletion is scheduled, and can be cancelled until that day."""

    waiting_days: ClassVar[int]  # that OCI keeps it, unreadable, before it deletes it

    @abstractmethod
    def recover(self, writer: Writer, actual: Actual) -> None:
        """Cancel its deletion."""
