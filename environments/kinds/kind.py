"""What every kind of resource offers: how it is named, what it needs, how it is read, created, updated, deleted."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from environments.desired import Desired, Found
from portal.cloud.door import Answer, Door

Make = Callable[[dict[str, Any]], Found]


class Scope(Protocol):
    """What reading offers to a kind."""

    door: Door

    def get(self, service: str, operation: str, *args: str, make: Make, at: str = "") -> Found | None:
        """Read one resource; nothing when OCI does not know it, or says that it is deleted."""

    def search(
        self, want: Desired, service: str, operation: str, *args: str, make: Make, get: str = "", **filters: str
    ) -> Found | None:
        """Return the resource of a list that carries the portal's tags for it, else the one that has its name.

        `get` names the operation that reads it whole, where the list shows only a part of it.
        """

    def listed(self, service: str, operation: str, *args: str, **filters: str) -> list[Any]:
        """Return a whole list; asked once, however many kinds want it."""


class Hand(Protocol):
    """What changing offers to a kind; every call goes through the ledger of the job."""

    door: Door

    def change(
        self, service: str, operation: str, *args: Any, target: str = "", at: str = "", apart: str = "", **kwargs: Any
    ) -> Answer:
        """Make one changing call; `apart` sets it apart from others of the same operation."""


class Kind(ABC):
    """A kind of OCI resource. A subclass says only what is particular to it."""

    name: ClassVar[str]
    group: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ("compartment",)
    in_place: ClassVar[frozenset[str]]  # fields that OCI changes without making a new resource
    replaceable: ClassVar[bool] = False  # may be deleted and made anew: holds nothing, nothing refers to it
    tagged: ClassVar[bool] = True
    lane: ClassVar[str] = ""  # kinds with one lane are changed one after the other
    goes_with: ClassVar[str] = ""  # the kind of the whole that it is a part of: deleted together with it
    guards: ClassVar[str] = ""  # the kind of the whole whose content it keeps from being deleted
    work_requests: ClassVar[str] = ""  # the service whose work requests tell how a change goes on
    seconds: ClassVar[int] = 5  # what creating it usually takes
    patience: ClassVar[int] = 1800  # seconds after which one of its steps is given up
    instead: ClassVar[str] = "Put the setting back."  # the way on when a field cannot change and it may not be made anew
    made_elsewhere: ClassVar[str] = ""  # how it comes to be, where no apply can make it
    anywhere: ClassVar[bool] = False  # may be there although what its place refers to is not
    taken: ClassVar[str] = ""  # the way on when its name is taken by something that the portal cannot see

    def remark(self, want: Desired, found: Found) -> str:
        """Return what a plan adds to its reason: what a difference means, what will happen by itself."""
        return ""

    def stranger(self, want: Desired, found: Found) -> str:
        """Return what a plan adds when it refuses something of this name that is not the portal's: whose it is, what to do."""
        return ""

    def kept(self, found: Found) -> str:
        """Return why it may not be deleted now; nothing when it may."""
        return ""

    def held(self, scope: Scope, found: Found) -> int:
        """Return how many things it holds that OCI does not delete with it, as far as one page of a list shows."""
        return 0

    def clear(self, hand: Hand, found: Found) -> bool:
        """Delete some of what it holds, for good; say whether there may be more."""
        return False

    @abstractmethod
    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Return it as it is now: by its OCID if that is known and still exists, else by tag or name."""

    @abstractmethod
    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Make it; return what OCI answered, if it answered the resource."""

    @abstractmethod
    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Bring the fields that differ to what is wanted."""

    @abstractmethod
    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it, or schedule its deletion where OCI knows no other way."""


class Recoverable(Kind):
    """A kind whose deletion is scheduled, and can be cancelled until the day comes."""

    waiting_days: ClassVar[int]  # that OCI keeps it, unreadable, before it deletes it

    @abstractmethod
    def recover(self, hand: Hand, found: Found) -> None:
        """Cancel its deletion."""


def seen(wire: dict[str, Any], *, ocid: str = "id", name: str = "displayName", **facts: Any) -> Found:
    """Return a resource as found, from OCI's own answer."""
    tags = wire.get("freeformTags") or {}
    return Found(
        ocid=str(wire.get(ocid, "")),
        name=str(wire.get(name, "")),
        state=str(wire.get("lifecycleState") or "ACTIVE"),
        wire=wire,
        facts=facts,
        etag=str(wire.get("etag") or ""),
        owner=str(tags.get("portal-environment", "")),
        key=str(tags.get("portal-key", "")),
    )
