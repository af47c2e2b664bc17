"""The words in which a service is described: Service, Kind, Life."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.engine import Engine
    from sandbox.oci.exchange import Request
    from sandbox.oci.store import Record
    from sandbox.oci.tenancy import Caller

Body = dict[str, Any]
CallHook = Callable[["Call", "Record"], None]
UpdateHook = Callable[["Call", "Record", Body], None]
StateHook = Callable[["Engine", "Record"], None]
EngineHook = Callable[["Engine"], None]
PayloadHook = Callable[["Engine", Body], Any]
Opened = tuple["Request", "Caller"]
Filter = Callable[["Record", str], bool]


@dataclass(frozen=True, kw_only=True)
class Life:
    """States of a kind and the simulated seconds between them (multiplied by the time scale of the
    run).
    """

    start: str = "PROVISIONING"
    ready: str = "AVAILABLE"
    changing: str = ""  # state while an update runs; empty: an update is done at once
    ending: str = "TERMINATING"
    gone: str = "TERMINATED"
    resting: tuple[str, ...] = ()  # states besides `ready` in which update and delete are allowed
    create: float = 0.5
    update: float = 0.0
    delete: float = 0.5
    linger: float = 60.0  # how long a deleted record can still be read

    def settled(self, state: str) -> bool:
        """Say whether a record in this state takes changes."""
        return not self.ready or state == self.ready or state in self.resting


PROVISIONED = Life()
CREATED = Life(start="CREATING", ready="ACTIVE", ending="DELETING", gone="DELETED")
STATELESS = Life(start="", ready="", ending="", gone="", create=0, delete=0, linger=0)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource: everything about it that data can say, and hooks for the rest."""

    name: str  # the SDK's response model: "Vcn"
    word: str  # the type word of its OCIDs: "vcn"
    life: Life = PROVISIONED
    state_field: str = "lifecycleState"
    singular: str = ""  # its word in operation names; default: snake case of the name
    plural: str = ""  # default: singular + "s"
    id_field: str = "id"
    name_field: str = "displayName"
    regional: bool = True  # the OCID carries the region
    # wire field that holds the parent's id when the path carries the parent ("tagNamespaceId")
    parent: str = ""
    key: tuple[
        str,
        ...,
        # wire fields that make the store id of a kind without OCID (parent first); path variables
        # in
        # order
    ] = ()
    unique: tuple[str, ...] = ()  # wire fields that are unique together among the living
    ignores_case: bool = False
    taken: str = ""  # error code when the name is taken; default <Name>AlreadyExists
    references: Mapping[str, str | tuple[str, ...]] = field(
        default_factory=dict
    )  # dotted wire path -> kind(s) it must point to
    children: tuple[
        str, ...
    ] = ()  # kinds of this service that point to it and go with it when it is deleted
    holds: str = "Conflict"  # error code for deleting what it refers to while it lives
    defaults: Mapping[str, Any] = field(default_factory=dict)
    work_requests: Mapping[str, str] = field(
        default_factory=dict
    )  # verb -> operationType of the work request it makes
    filters: Mapping[str, Filter | None] = field(
        default_factory=dict
    )  # query parameter -> test; None: accepted, no effect
    before_create: CallHook | None = None
    after_create: CallHook | None = None
    before_update: UpdateHook | None = None
    before_delete: CallHook | None = None
    on: Mapping[str, StateHook] = field(default_factory=dict)
    present: Callable[[Engine, Record], Body] | None = None

    @property
    def singular_word(self) -> str:
        """The kind's word in operation names, as in `get_<word>`."""
        return self.singular or re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).lower()

    @property
    def plural_word(self) -> str:
        """The kind's word in `list_<word>`."""
        word = self.singular_word
        return self.plural or (
            word[:-1] + "ies" if word.endswith("y") and word[-2] not in "aeiou" else word + "s"
        )


@dataclass(frozen=True, kw_only=True)
class WorkRequestFamily:
    """How a service writes its work requests."""

    status: str = "status"  # the load balancer writes `lifecycleState`
    done: str = "SUCCEEDED"  # object storage writes `COMPLETED`
    waits: bool = False  # PostgreSQL's are WAITING before they are IN_PROGRESS


@dataclass(frozen=True, kw_only=True)
class Service:
    """One SDK package as the simulator serves it."""

    name: str
    clients: tuple[str, ...]
    kinds: tuple[Kind, ...] = ()
    operations: Mapping[str, Callable[[Call], Any]] = field(default_factory=dict)
    waits: Mapping[str, Callable[[Call], None]] = field(
        default_factory=dict
    )  # before an operation takes the lock: a long poll
    rights: Mapping[str, str] = field(
        default_factory=dict
    )  # operation: its permissions, for a service that `iam/operations.tsv` does not have
    unsigned: tuple[str, ...] = ()
    unaudited: tuple[
        str, ...
    ] = ()  # mutating operations that OCI Audit does not record (object level)
    work_request: WorkRequestFamily = WorkRequestFamily()
    completions: Mapping[str, StateHook] = field(
        default_factory=dict
    )  # what a work request does when its time is up
    open_paths: Mapping[str, Callable[[Engine, Request], Opened]] = field(
        default_factory=dict
    )  # by first path segment
    control: Mapping[str, PayloadHook] = field(default_factory=dict)
    listens: Mapping[str, PayloadHook] = field(default_factory=dict)
    # why the packets of a caller do not arrive at a service of this name; "" when they do
    cut_off: Callable[[Engine, Caller, str], str] | None = None
    seed: EngineHook | None = None  # what a new tenancy has of it
    start: EngineHook | None = None
    stop: EngineHook | None = None
