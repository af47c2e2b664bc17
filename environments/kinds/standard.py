"""Kinds whose calls differ by their names alone: most of them only state facts."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from environments.desired import Actual, Desired
from environments.kinds.kind import Kind, Reader, Recoverable, Wire, Writer
from environments.kinds.states import first_midnight_after
from environments.kinds.terraform_form import snake


class StandardKind(Kind):
    """Read, created, updated and deleted by `get_`, `list_`, `create_`, `update_` and
    `delete_<noun>`.
    """

    service: ClassVar[str]
    noun: ClassVar[str]
    plural: ClassVar[str] = ""  # where it is not the noun with an s
    list_by: ClassVar[tuple[str, ...]] = ("compartmentId",)  # of its place: what a list is asked by
    list_is_partial: ClassVar[bool] = False  # the list shows no tags, or not all that is compared
    parent: ClassVar[str] = ""  # of its place: what every call names before its own OCID
    endpoint: ClassVar[str] = ""  # of its place: the endpoint that its calls go to
    ocid_field: ClassVar[str] = "id"
    name_field: ClassVar[str] = "displayName"
    name_in_body: ClassVar[str] = (
        ""  # the field that takes its name, where its fields do not hold it
    )
    not_at_creation: ClassVar[frozenset[str]] = frozenset()  # fields that only an update knows
    always_sent: ClassVar[tuple[str, ...]] = ()  # fields that every update must repeat
    only_if_unchanged: ClassVar[bool] = False  # an update fails when somebody else was quicker
    facts: ClassVar[Mapping[str, str]] = {}  # fact -> its name in OCI's answer

    def from_wire(self, wire: Wire, want: Desired | None = None) -> Actual:
        """Return it from OCI's answer; `want` gives what the answer does not hold."""
        facts = {fact: wire.get(name) for fact, name in self.facts.items()}
        if self.parent:
            facts[self.parent] = wire.get(self.parent)
        if self.endpoint and want:
            facts[self.endpoint] = want.place[self.endpoint]
        return Actual.from_wire(wire, ocid=self.ocid_field, name=self.name_field, **facts)

    def read(self, reader: Reader, want: Desired, ocid: str = "") -> Actual | None:
        """Read by OCID, else by tag or name in the list."""
        get, make = f"get_{self.noun}", partial(self.from_wire, want=want)
        parent, at = self._parent(want.place), self._endpoint(want.place)
        actual = reader.get(self.service, get, *parent, ocid, make=make, **at) if ocid else None
        if actual:
            return actual
        by = {} if parent else {snake(name): want.place[name] for name in self.list_by}
        whole = get if self.list_is_partial else ""
        operation = f"list_{self.plural or f'{self.noun}s'}"
        return reader.search(
            want, self.service, operation, *parent, make=make, get=whole, **by, **at
        )

    def create(self, writer: Writer, want: Desired) -> Actual | None:
        """Create it, or order its creation."""
        parent, at = self._parent(want.place), self._endpoint(want.place)
        body = self.body_of_creation(want)
        answer = writer.change(self.service, f"create_{self.noun}", *parent, body, **at)
        return None if self.work_requests else self.from_wire(answer.data, want)

    def body_of_creation(self, want: Desired) -> dict[str, Any]:
        """Return the whole body of the creating call."""
        place = {} if self.parent else {n: v for n, v in want.place.items() if n != self.endpoint}
        name = {self.name_in_body: want.name} if self.name_in_body else {}
        body = {**place, **want.fields, **name}
        return {name: value for name, value in body.items() if name not in self.not_at_creation}

    def update(
        self, writer: Writer, want: Desired, actual: Actual, fields: dict[str, Any]
    ) -> Actual | None:
        """Set the fields that differ."""
        parent, at = self._parent(want.place), self._endpoint(want.place)
        body = {name: want.fields[name] for name in self.always_sent} | fields
        guard = {"if_match": actual.etag} if self.only_if_unchanged and actual.etag else {}
        operation, ocid = f"update_{self.noun}", actual.ocid
        answer = writer.change(
            self.service, operation, *parent, ocid, body, target=ocid, **at, **guard
        )
        return None if self.work_requests else self.from_wire(answer.data, want)

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Delete it; OCI refuses while something in it or upon it is left."""
        parent = self._parent(actual.facts)
        writer.change(self.service, f"delete_{self.noun}", *parent, actual.ocid, target=actual.ocid)

    def _parent(self, place: Mapping[str, Any]) -> list[str]:
        return [place[self.parent]] if self.parent else []

    def _endpoint(self, place: Mapping[str, Any]) -> dict[str, str]:
        return {"at": place[self.endpoint]} if self.endpoint else {}


class ScheduledKind(StandardKind, Recoverable):
    """A standard kind whose deletion is scheduled: unreadable at once, deleted on a later day."""

    def delete(self, writer: Writer, actual: Actual) -> None:
        """Schedule its deletion, as soon as OCI takes."""
        body = {"timeOfDeletion": first_midnight_after(self.waiting_days)}
        operation, at = f"schedule_{self.noun}_deletion", self._endpoint(actual.facts)
        writer.change(self.service, operation, actual.ocid, body, target=actual.ocid, **at)

    def recover(self, writer: Writer, actual: Actual) -> None:
        """Cancel its deletion: it, and what is in it, can be read again."""
        operation, at = f"cancel_{self.noun}_deletion", self._endpoint(actual.facts)
        writer.change(self.service, operation, actual.ocid, target=actual.ocid, **at)
