"""What stands in a compartment, by kind: found through the lists that the kinds themselves search."""

from collections.abc import Iterable, Mapping
from typing import Any

from environments.desired import TENANCY, Desired, Found, Lookup, refs
from environments.kinds import KINDS
from environments.kinds.kind import Make
from environments.kinds.states import is_dying, is_gone
from environments.reconcile.graph import walk
from environments.reconcile.observe import Reading
from portal.cloud.door import Door


class Listing(Reading):
    """A reading that keeps every list which a kind searches, and reads nothing one by one."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.standing: dict[str, Found] = {}
        self.kinds: dict[str, str] = {}

    def get(self, service: str, operation: str, *args: str, make: Make, at: str = "") -> Found | None:
        """Read nothing: what has no list is found by its name alone."""
        return None

    def search(
        self, want: Desired, service: str, operation: str, *args: str, make: Make, get: str = "", **filters: str
    ) -> Found | None:
        """Keep what the list shows."""
        for found in map(make, self.listed(service, operation, *args, **filters)):
            if found.ocid and not is_gone(found.state) and not is_dying(found.state):
                self.standing[found.ocid] = found
                self.kinds[found.ocid] = want.kind
        return None

    def keep(self, kind: str, found: Iterable[Found]) -> None:
        """Keep what was listed otherwise."""
        for one in found:
            self.standing[one.ocid] = one
            self.kinds[one.ocid] = kind

    def of(self, kind: str) -> list[Found]:
        """Return what was found of a kind."""
        return [found for ocid, found in self.standing.items() if self.kinds[ocid] == kind]


def discover(door: Door, wanted: Iterable[Desired], known: Lookup, *, everywhere: bool = False) -> Listing:
    """List what stands where the blueprint's resources are wanted; `everywhere` looks into the tenancy's root as well."""
    listing, seen_places = Listing(door), set[tuple[Any, ...]]()
    asked: dict[str, Desired] = {}
    for raw in wanted:
        want = raw.resolved(known)
        place = (want.kind, *sorted(map(str, want.place.values())))
        if refs(want.place) or place in seen_places or not (everywhere or _inside(raw)):
            continue
        seen_places.add(place)
        asked[raw.key] = want
    walk(dict.fromkeys(asked, ()), lambda key: _list(listing, asked[key]))
    compartment = known("compartment", "")
    if compartment:
        listing.keep("bucket", _buckets(door, str(compartment)))
    return listing


def _list(listing: Listing, want: Desired) -> None:
    KINDS[want.kind].read(listing, want, "")


def _inside(want: Desired) -> bool:
    return f"${{{TENANCY}}}" not in want.place.values()


def _buckets(door: Door, compartment: str) -> list[Found]:
    """List buckets, which kinds read by name alone; a summary has neither OCID nor access, so the name stands in."""
    rows: list[Mapping[str, Any]] = door.pages("object_storage", "list_buckets", door.namespace, compartment, fields=["tags"])
    return [
        Found(
            ocid=f"bucket/{row['name']}",
            name=str(row["name"]),
            state="ACTIVE",
            wire=dict(row),
            owner=str((row.get("freeformTags") or {}).get("portal-environment", "")),
            key=str((row.get("freeformTags") or {}).get("portal-key", "")),
        )
        for row in rows
    ]


def unmanaged(listing: Listing, observed: Mapping[str, Found | None], slug: str) -> list[tuple[str, Found, str]]:
    """Return what the portal does not know, each with its kind and what is to be said of it."""
    present = [found for found in observed.values() if found]
    ours = {found.ocid for found in present} | {f"bucket/{found.name}" for found in present}
    ours |= {twin for found in present for twin in found.twins}
    of_oci = {str(value) for found in present for name, value in found.wire.items() if name.startswith("default")}
    left = [(listing.kinds[ocid], found) for ocid, found in listing.standing.items() if ocid not in ours | of_oci]
    return [(KINDS[kind].name, found, _words(found, slug)) for kind, found in left]


def _words(found: Found, slug: str) -> str:
    if found.owner == slug:
        return f"It carries the portal's tags for {found.key}, which the settings no longer want."
    if found.owner:
        return f"It belongs to {found.owner}:{found.key}, but stands in this compartment."
    return "It carries no tag of the portal: somebody made it by hand, or for something else."
