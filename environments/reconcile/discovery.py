"""What a compartment holds, by kind: found through the lists that the kinds themselves search."""

from collections.abc import Iterable, Mapping
from typing import Any

from environments.desired import TENANCY, Actual, Desired, Lookup, refs
from environments.kinds import KINDS
from environments.kinds.kind import Make
from environments.kinds.states import is_dying, is_gone
from environments.reconcile.graph import walk
from environments.reconcile.observe import CloudReader
from portal.cloud.client import CloudClient


class CompartmentListing(CloudReader):
    """A reader that keeps every list which a kind searches, and reads nothing one by one."""

    def __init__(self, client: CloudClient) -> None:
        super().__init__(client)
        self.present: dict[str, Actual] = {}
        self.kinds: dict[str, str] = {}

    def get(
        self, service: str, operation: str, *args: str, make: Make, at: str = ""
    ) -> Actual | None:
        """Read nothing: what has no list is found by its name alone."""
        return None

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
        """Keep what the list shows."""
        for found in map(make, self.list_all(service, operation, *args, **filters)):
            if found.ocid and not is_gone(found.state) and not is_dying(found.state):
                self.present[found.ocid] = found
                self.kinds[found.ocid] = want.kind
        return None

    def keep(self, kind: str, found: Iterable[Actual]) -> None:
        """Keep what was listed otherwise."""
        for one in found:
            self.present[one.ocid] = one
            self.kinds[one.ocid] = kind

    def of_kind(self, kind: str) -> list[Actual]:
        """Return what was found of a kind."""
        return [found for ocid, found in self.present.items() if self.kinds[ocid] == kind]


def discover(
    client: CloudClient, wanted: Iterable[Desired], known: Lookup, *, everywhere: bool = False
) -> CompartmentListing:
    """List what stands where the blueprint's resources are wanted; `everywhere` looks into
    the tenancy's root as well.
    """
    listing, seen_places = CompartmentListing(client), set[tuple[Any, ...]]()
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
        listing.keep("bucket", _buckets(client, str(compartment)))
    return listing


def _list(listing: CompartmentListing, want: Desired) -> None:
    KINDS[want.kind].read(listing, want, "")


def _inside(want: Desired) -> bool:
    return f"${{{TENANCY}}}" not in want.place.values()


def _buckets(client: CloudClient, compartment: str) -> list[Actual]:
    """List buckets, which kinds read by name alone; a summary has neither OCID nor access, so
    the name stands in.
    """
    rows: list[Mapping[str, Any]] = client.pages(
        "object_storage", "list_buckets", client.namespace, compartment, fields=["tags"]
    )
    return [Actual.from_wire({**row, "id": f"bucket/{row['name']}"}, name="name") for row in rows]


def unmanaged(
    listing: CompartmentListing, observed: Mapping[str, Actual | None], slug: str
) -> list[tuple[str, Actual, str]]:
    """Return what the portal does not know, each with its kind and what is to be said of it."""
    present = [found for found in observed.values() if found]
    ours = {found.ocid for found in present} | {f"bucket/{found.name}" for found in present}
    ours |= {twin for found in present for twin in found.twins}
    of_oci = {
        str(value)
        for found in present
        for name, value in found.wire.items()
        if name.startswith("default")
    }
    left = [
        (listing.kinds[ocid], found)
        for ocid, found in listing.present.items()
        if ocid not in ours | of_oci
    ]
    return [(KINDS[kind].name, found, _describe(found, slug)) for kind, found in left]


def _describe(found: Actual, slug: str) -> str:
    if found.owner == slug:
        return f"It carries the portal's tags for {found.key}, which is no longer in the settings."
    if found.owner:
        return f"It {found.whose}, but is in this compartment."
    return "It carries no tag of the portal: somebody created it by hand, or for something else."
