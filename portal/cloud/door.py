"""The door to OCI: plain values in and out, one attempt a call, errors in the portal's words."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

from portal.cloud.access import Access, access, tenancy
from portal.cloud.clients import SERVICES, client, client_class
from portal.cloud.errors import Throttled
from portal.cloud.pace import pace
from portal.cloud.translate import FAILURES, translated

_home_regions: dict[Access, str] = {}
_namespaces: dict[Access, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What OCI answered: the body in wire names, and the headers that later calls need."""

    data: Any
    request_id: str
    etag: str
    work_request: str
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Door:
    """Calls to OCI as one identity in one region, or at one resource's own endpoint.

    Bodies are dicts in wire names (camelCase); so are the answers, with dates as ISO text. Nothing is retried here.
    Every call also takes `at=`: the own endpoint of the resource that is spoken to.
    """

    who: Access
    region: str
    endpoint: str = ""
    patience: float = 2.0  # seconds that a call may wait for its turn at a service with a rate

    @property
    def tenancy(self) -> str:
        """Return the OCID of the tenancy, the root compartment."""
        return tenancy(self.who)

    @property
    def namespace(self) -> str:
        """Return the tenancy's Object Storage namespace, which never changes."""
        if self.who not in _namespaces:
            _namespaces[self.who] = str(self.read("object_storage", "get_namespace").data)
        return _namespaces[self.who]

    def at(self, endpoint: str) -> "Door":
        """Return the door of a resource that has its own endpoint: a vault's keys, a queue's messages."""
        return replace(self, endpoint=endpoint)

    def patient(self, seconds: float) -> "Door":
        """Return the door of somebody who can wait for his turn, rather than come again."""
        return replace(self, patience=seconds)

    def read(self, service: str, operation: str, *args: Any, **kwargs: Any) -> Answer:
        """Call an operation that changes nothing."""
        return self._call(service, operation, args, kwargs)

    def change(self, service: str, operation: str, *args: Any, retry_token: str = "", **kwargs: Any) -> Answer:
        """Call an operation that changes something, once; the token goes along where the operation takes one."""
        if retry_token and self.takes_token(service, operation):
            kwargs["opc_retry_token"] = retry_token
        return self._call(service, operation, args, kwargs)

    def pages(self, service: str, operation: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the items of every page of a list."""
        items: list[Any] = []
        while True:
            answer = self._call(service, operation, args, kwargs)
            page, following = _items(answer)
            items += page
            if not following:
                return items
            kwargs = {**kwargs, **following}

    def save(self, service: str, operation: str, *args: Any, into: IO[bytes], **kwargs: Any) -> Answer:
        """Call an operation whose answer is a stream, and write it into a file as it comes; the answer's data is None."""
        return self._call(service, operation, args, {**kwargs, "into": into})

    def takes_token(self, service: str, operation: str) -> bool:
        """Say whether OCI remembers a retry token for this operation (24 hours)."""
        return "opc_retry_token" in getattr(client_class(service), operation).__code__.co_consts

    def _call(self, service: str, operation: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Answer:
        name = f"{service}.{operation}"
        kwargs = dict(kwargs)
        endpoint, into = kwargs.pop("at", "") or self.endpoint, kwargs.pop("into", None)
        region = self._home_region() if SERVICES[service].home else self.region
        method = getattr(client(service, self.who, region=region, endpoint=endpoint), operation)
        turn = pace(self.who, service)
        time.sleep(turn.slot(self.patience))
        try:
            response = method(*args, **kwargs)
            body = _body(response.data, into)
        except FAILURES as error:
            failure = translated(error, name)
            if isinstance(failure, Throttled):
                turn.refused(failure.retry_after)
            raise failure from error
        turn.taken()
        return Answer(
            data=body,
            request_id=response.headers.get("opc-request-id", ""),
            etag=response.headers.get("etag", ""),
            work_request=response.headers.get("opc-work-request-id", ""),
            status=response.status,
            headers={key.lower(): value for key, value in response.headers.items()},
        )

    def _home_region(self) -> str:
        """Return where the tenancy's identity lives: anywhere else, OCI refuses identity changes and shows old state.

        The portal's own region is asked: that of the door may be one to which the tenancy is not subscribed.
        """
        if self.who.endpoint or self.endpoint:
            return self.region
        if self.who not in _home_regions:
            method = client("identity", self.who, region=self.who.region).list_region_subscriptions
            try:
                found = method(self.tenancy).data
            except FAILURES as error:
                raise translated(error, "identity.list_region_subscriptions") from error
            _home_regions[self.who] = next((str(r["regionName"]) for r in found if r.get("isHomeRegion")), self.region)
        return _home_regions[self.who]


def door(region: str | None = None) -> Door:
    """Return the door in a region (the portal's own by default); clients and connections behind it are shared."""
    who = access()
    return Door(who, region or who.region)


def _body(data: Any, into: IO[bytes] | None) -> Any:
    """Return the body of an answer; a stream is read whole, or goes piece by piece into the file given."""
    if not hasattr(data, "iter_content"):
        return data
    if into is None:
        return data.content
    for piece in data.iter_content(65_536):
        into.write(piece)
    return None


def _items(answer: Answer) -> tuple[list[Any], dict[str, str]]:
    """Return the items of one page with the arguments that ask for the next one."""
    data = answer.data
    if isinstance(data, dict) and "objects" in data:  # object listing pages by name
        return data["objects"], {"start": data["nextStartWith"]} if data.get("nextStartWith") else {}
    page = answer.headers.get("opc-next-page", "")
    return (data.get("items", []) if isinstance(data, dict) else data or []), {"page": page} if page else {}
