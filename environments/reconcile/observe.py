"""Looking at OCI: every resource of a blueprint, read side by side."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from environments.desired import TENANCY, Desired, Found, refs
from environments.kinds import KINDS
from environments.kinds.kind import Make
from environments.kinds.states import is_gone
from environments.reconcile.graph import walk
from portal.cloud.door import Door
from portal.cloud.errors import NotFoundOrForbidden

PATIENCE_SECONDS = 30.0  # a look that is held back by one service's rate would have to begin anew
Observed = dict[str, Found | None]


class Reading:
    """What kinds read through; lists that several of them ask for are asked once."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self._lists: dict[tuple[Any, ...], Future[list[Any]]] = {}
        self._lock = threading.Lock()

    def get(self, service: str, operation: str, *args: str, make: Make, at: str = "") -> Found | None:
        """Read one resource; nothing when OCI does not know it, or says that it is deleted."""
        try:
            answer = self.door.read(service, operation, *args, at=at)
        except NotFoundOrForbidden:
            return None
        found = make(answer.data)
        return None if is_gone(found.state) else replace(found, etag=answer.etag)

    def search(
        self, want: Desired, service: str, operation: str, *args: str, make: Make, get: str = "", **filters: str
    ) -> Found | None:
        """Return the resource of a list that carries the portal's tags for it, else the one that has its name."""
        living = [found for found in map(make, self.listed(service, operation, *args, **filters)) if not is_gone(found.state)]
        ours = [found for found in living if found.is_ours(want)]
        chosen = next(iter(ours or [found for found in living if found.name == want.name]), None)
        if chosen is None:
            return None
        whole = self.get(service, get, chosen.ocid, make=make, at=filters.get("at", "")) if get else chosen
        return replace(whole, twins=tuple(other.ocid for other in ours[1:])) if whole else None

    def listed(self, service: str, operation: str, *args: str, **filters: str) -> list[Any]:
        """Return a whole list; asked once, however many kinds want it."""
        key = (service, operation, *args, *sorted(filters.items()))
        with self._lock:
            asked = key in self._lists
            answer = self._lists.setdefault(key, Future())
        if not asked:
            try:
                answer.set_result(self.door.pages(service, operation, *args, **filters))
            except BaseException as error:
                answer.set_exception(error)
        return answer.result()


def lookup(door: Door, present: Mapping[str, Found | None]) -> Any:
    """Return how references are resolved: to the OCID or a fact of what was found."""

    def known(key: str, fact: str) -> Any:
        if key == TENANCY:
            return door.tenancy
        found = present.get(key)
        return None if found is None else found.facts.get(fact) if fact else found.ocid

    return known


def observe(door: Door, blueprint: Sequence[Desired], ocids: Mapping[str, str]) -> Observed:
    """Read every resource; `ocids` are those that the portal remembers, a hint that saves a search."""
    reading, observed = Reading(door.patient(PATIENCE_SECONDS)), dict[str, Found | None]()
    wanted = {want.key: want for want in blueprint}
    known = lookup(door, observed)

    def look(key: str) -> None:
        want = wanted[key].resolved(known)
        kind = KINDS[want.kind]
        # What stands in something that is not there cannot be there either, but for names that the whole tenancy shares.
        nowhere = refs(want.place) and not kind.anywhere
        observed[key] = None if nowhere else kind.read(reading, want, ocids.get(key, ""))

    # Reading waits only for the place, not for everything that creating waits for.
    walk({key: refs(want.place) - {TENANCY} for key, want in wanted.items()}, look)
    return observed
