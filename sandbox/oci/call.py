"""One authenticated, validated call: what an operation of a service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.oci import errors, paging, work_requests
from sandbox.oci.exchange import Answer, Request
from sandbox.oci.service import Body, Kind, Service
from sandbox.oci.store import Record, plain_copy
from sandbox.oci.surface import Operation
from sandbox.oci.tenancy import Caller

if TYPE_CHECKING:
    from sandbox.oci.engine import Engine
    from sandbox.oci.faults import Fault


@dataclass
class Call:
    """See the package's docstring for the list of what operations use."""

    engine: Engine
    service: Service
    operation: Operation
    request: Request
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    caller: Caller
    kind: Kind | None = None
    hidden_for: float = 0.0  # seconds that what this call creates stays unseen
    unknown: Fault | None = None  # what this call creates is not known to others for a while
    headers_out: dict[str, str] = field(default_factory=dict)
    subject: Record | None = None  # the resource the call is about, for audit and journal
    before: dict[str, Body] = field(
        default_factory=dict
    )  # by id: the records a changing call found, as they were

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, lower case."""
        return dict(self.request.headers)

    @property
    def at(self) -> str:
        """The OCID in the endpoint that was called, or nothing."""
        return self.request.at

    @property
    def now(self) -> float:
        """The simulated moment."""
        return self.engine.clock.now()

    @property
    def compartment(self) -> str:
        """The compartment the call concerns."""
        given = self.body.get("compartmentId") if isinstance(self.body, dict) else ""
        known = self.subject.body.get("compartmentId") if self.subject else ""
        return str(given or known or self.query.get("compartmentId", ""))

    def key(self, name: str) -> str:
        """Return the full name of a kind: `Vcn` is the one of this service."""
        return name if "." in name else f"{self.service.name}.{name}"

    def find(self, kind: str, ocid: Any) -> Record:
        """Return a record that this call may see, or answer 404."""
        record = self.engine.store.get(self.key(kind), str(ocid))
        if record is None or (record.gone and self.operation.mutates) or self._unseen(record):
            raise errors.not_found(f"{kind.rpartition('.')[2]} {ocid}")
        if self.operation.mutates:
            self.before.setdefault(record.id, plain_copy(record.body))
        return record

    def target(self, kind: str = "") -> Record:
        """Return the record that the path names; if-match is checked."""
        described = self.engine.kinds[self.key(kind)] if kind else self.kind
        if described is None:
            raise errors.not_implemented(f"{self.operation.key} has no kind.")
        values = list(self.path.values())
        nested = (
            bool(described.parent) and not described.key and len(values) > 1
        )  # the path names the parent, the OCID is enough
        values = values[1:2] if nested else values[: max(1, len(described.key))]
        key = "/".join(values).lower() if described.ignores_case else "/".join(values)
        self.subject = self.find(described.name, key)
        if nested and self.subject.body[described.parent] != next(iter(self.path.values())):
            raise errors.not_found(f"{described.name} {key}")
        wanted = self.headers.get("if-match")
        if self.operation.mutates and wanted not in {None, "", "*", self.subject.etag}:
            raise errors.no_etag_match()
        return self.subject

    def records(self, kind: str, **fields: Any) -> list[Record]:
        """Return the living records of a kind whose wire fields have these values."""
        return [
            record for record in self.engine.store.living(self.key(kind)) if _has(record, fields)
        ]

    def visible(self, kind: str) -> list[Record]:
        """Return the records of a kind that a list shows, the newest first."""
        return [
            record
            for record in reversed(self.engine.store.all(self.key(kind)))
            if not self._unseen(record)
        ]

    def create(self, kind: str, body: Body, hidden: Body | None = None) -> Record:
        """Make and store a record: id, state, times; no hooks and no checks but unique names."""
        record = self.engine.new_record(self.key(kind), body, hidden, hidden_for=self.hidden_for)
        return self.engine.store.put(record)

    def save(self, record: Record) -> Record:
        """Store a changed record under a new etag."""
        return self.engine.store.put(record)

    def retire(self, record: Record, seconds: float | None = None) -> None:
        """Begin the deletion of a record: its state passes `ending` to `gone`; a stateless one goes
        at once.
        """
        self.engine.retire(record, seconds)

    def schedule(self, record: Record, seconds: float, changes: Body) -> None:
        """Change a record after some simulated seconds, and store it."""
        self.engine.schedule(record, seconds, changes)

    def work_request(
        self,
        operation_type: str,
        resources: list[Body],
        seconds: float = 0.0,
        then: str = "",
        payload: Body | None = None,
    ) -> Record:
        """Make a work request and name it in the answer's headers.

        `then` names one of the service's completions: fn(engine, work_request) runs when the time
        is up, finds `payload` in work_request.hidden["payload"], and fails the work request by
        raising an error of `errors`.
        """
        record = work_requests.make(self, operation_type, resources, seconds, then, payload or {})
        self.headers_out["opc-work-request-id"] = record.id
        return record

    def page(self, items: list[Any]) -> Answer:
        """Return one page of a list that is already filtered and sorted."""
        shown, following = paging.page(items, self.query, self.operation.key)
        collection = self.engine.shapes.collection(self.service.name, self.operation.response)
        headers = {"opc-next-page": following} if following else {}
        return Answer(value={"items": shown} if collection else shown, headers=headers)

    def _unseen(self, record: Record) -> bool:
        return record.visible > self.now and not self.operation.mutates


def _has(record: Record, fields: dict[str, Any]) -> bool:
    return all(record.body.get(name) == value for name, value in fields.items())
