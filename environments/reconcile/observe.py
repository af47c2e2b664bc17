"""Read every resource of a blueprint from OCI, side by side."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from environments.desired import TENANCY, Actual, Desired, Observed, lookup_in, refs
from environments.kinds import KINDS
from environments.kinds.kind import Make
from environments.kinds.states import is_gone
from environments.reconcile.graph import walk
from portal.cloud.client import CloudClient
from portal.cloud.errors import NotFoundOrForbidden

PATIENCE_SECONDS = 30.0  # rather than start again when one service limits calls


class CloudReader:
    """What kinds read through; lists that several of them ask for are asked once."""

    def __init__(self, client: CloudClient) -> None:
        self.client = client
        self._lists: dict[tuple[Any, ...], Future[list[Any]]] = {}
        self._lock = threading.Lock()

    def get(
        self, service: str, operation: str, *args: str, make: Make, at: str = ""
    ) -> Actual | None:
        """Read one resource; nothing when OCI does not know it, or says that it is deleted."""
        try:
            answer = self.client.read(service, operation, *args, at=at)
        except NotFoundOrForbidden:
            return None
        found = make(answer.data)
        return None if is_gone(found.state) else replace(found, etag=answer.etag)

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
        """Return the resource of a list that carries the portal's tags for it, else the one
        that has its name.
        """
        living = [
            found
            for found in map(make, self.list_all(service, operation, *args, **filters))
            if not is_gone(found.state)
        ]
        ours = [found for found in living if found.is_ours(want)]
        chosen = next(iter(ours or [found for found in living if found.name == want.name]), None)
        if chosen is None:
            return None
        whole = (
            self.get(service, get, chosen.ocid, make=make, at=filters.get("at", ""))
            if get
            else chosen
        )
        return replace(whole, twins=tuple(other.ocid for other in ours[1:])) if whole else None

    def list_all(self, service: str, operation: str, *args: str, **filters: str) -> list[Any]:
        """Return a whole list; asked once, however many kinds want it."""
        key = (service, operation, *args, *sorted(filters.items()))
        with self._lock:
            asked = key in self._lists
            answer = self._lists.setdefault(key, Future())
        if not asked:
            try:
                answer.set_result(self.client.pages(service, operation, *args, **filters))
            except BaseException as error:
                answer.set_exception(error)
        return answer.result()


def observe(
    client: CloudClient, blueprint: Sequence[Desired], ocids: Mapping[str, str]
) -> Observed:
    """Read every resource; `ocids` are those that the portal remembers, a hint that saves a
    search.
    """
    reader, observed = (
        CloudReader(client.waiting_up_to(PATIENCE_SECONDS)),
        dict[str, Actual | None](),
    )
    wanted = {want.key: want for want in blueprint}
    known = lookup_in(observed, client.tenancy)

    def read(key: str) -> None:
        want = wanted[key].resolved(known)
        kind = KINDS[want.kind]
        # What lives in something that does not exist cannot exist, but for names of the tenancy.
        impossible = refs(want.place) and not kind.tenancy_wide
        observed[key] = None if impossible else kind.read(reader, want, ocids.get(key, ""))

    # Reading waits only for the place, not for everything that creating waits for.
    walk({key: refs(want.place) - {TENANCY} for key, want in wanted.items()}, read)
    return observed
