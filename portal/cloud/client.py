"""The client of OCI: plain values in and out, one attempt a call, errors in plain words."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import IO, Any
from urllib.parse import quote

from portal.cloud.access import CloudIdentity, cloud_identity, tenancy
from portal.cloud.errors import Throttled
from portal.cloud.rate_limit import rate_limiter
from portal.cloud.sdk_clients import SERVICES, client_class, sdk_client
from portal.cloud.translate import FAILURES, translate_error

_home_regions: dict[CloudIdentity, str] = {}
_namespaces: dict[CloudIdentity, str] = {}


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
class CloudClient:
    """Calls to OCI as one identity in one region, or at one resource's own endpoint.

    Bodies are dicts in wire names (camelCase); so are the answers, with dates as ISO text. Nothing
    is retried here. Every call also takes `at=`: the own endpoint of the resource it is about.
    """

    identity: CloudIdentity
    region: str
    endpoint: str = ""
    max_wait: float = 2.0  # seconds that a call may wait for a slot of a service with a rate

    @property
    def tenancy(self) -> str:
        """Return the OCID of the tenancy, the root compartment."""
        return tenancy(self.identity)

    @property
    def namespace(self) -> str:
        """Return the tenancy's Object Storage namespace, which never changes."""
        if self.identity not in _namespaces:
            _namespaces[self.identity] = str(self.read("object_storage", "get_namespace").data)
        return _namespaces[self.identity]

    def at(self, endpoint: str) -> "CloudClient":
        """Return the client of a resource with its own endpoint, such as a vault or a queue."""
        return replace(self, endpoint=endpoint)

    def waiting_up_to(self, seconds: float) -> "CloudClient":
        """Return a client whose calls wait so long for a slot rather than fail."""
        return replace(self, max_wait=seconds)

    def read(self, service: str, operation: str, *args: object, **kwargs: object) -> Answer:
        """Call an operation that changes nothing."""
        return self._call(service, operation, args, kwargs)

    def change(
        self, service: str, operation: str, *args: object, retry_token: str = "", **kwargs: object
    ) -> Answer:
        """Call an operation that changes something, once, with the token where it takes one."""
        if retry_token and self.takes_token(service, operation):
            kwargs["opc_retry_token"] = retry_token
        return self._call(service, operation, args, kwargs)

    def pages(self, service: str, operation: str, *args: object, **kwargs: object) -> list[Any]:
        """Return the items of every page of a list."""
        items: list[Any] = []
        while True:
            answer = self._call(service, operation, args, kwargs)
            page, following = _items(answer)
            items += page
            if not following:
                return items
            kwargs = {**kwargs, **following}

    def save(
        self, service: str, operation: str, *args: object, into: IO[bytes], **kwargs: object
    ) -> Answer:
        """Call an operation whose answer is a stream, and write it into a file as it comes.

        The answer's data is None.
        """
        return self._call(service, operation, args, {**kwargs, "into": into})

    def takes_token(self, service: str, operation: str) -> bool:
        """Say whether OCI remembers a retry token for this operation (24 hours)."""
        method = getattr(client_class(service), operation)
        return "opc_retry_token" in method.__code__.co_consts

    def _call(
        self, service: str, operation: str, args: tuple[object, ...], kwargs: Mapping[str, Any]
    ) -> Answer:
        kwargs = dict(kwargs)
        endpoint, into = kwargs.pop("at", "") or self.endpoint, kwargs.pop("into", None)
        region = self._home_region() if SERVICES[service].home else self.region
        sdk = sdk_client(service, self.identity, region=region, endpoint=endpoint)
        limiter = rate_limiter(self.identity, service)
        time.sleep(limiter.reserve(self.max_wait))
        try:
            response = getattr(sdk, operation)(*args, **kwargs)
            body = _body(response.data, into)
        except FAILURES as error:
            failure = translate_error(error, f"{service}.{operation}")
            if isinstance(failure, Throttled):
                limiter.throttled(failure.retry_after)
            raise failure from error
        limiter.succeeded()
        return Answer(
            data=body,
            request_id=response.headers.get("opc-request-id", ""),
            etag=response.headers.get("etag", ""),
            work_request=response.headers.get("opc-work-request-id", ""),
            status=response.status,
            headers={key.lower(): value for key, value in response.headers.items()},
        )

    def _home_region(self) -> str:
        """Return the tenancy's home region: elsewhere OCI refuses identity changes.

        The portal's own region is asked: the tenancy may not be subscribed to that of the client.
        """
        if self.identity.endpoint or self.endpoint:
            return self.region
        if self.identity not in _home_regions:
            sdk = sdk_client("identity", self.identity, region=self.identity.region)
            try:
                found = sdk.list_region_subscriptions(self.tenancy).data
            except FAILURES as error:
                raise translate_error(error, "identity.list_region_subscriptions") from error
            home = (str(r["regionName"]) for r in found if r.get("isHomeRegion"))
            _home_regions[self.identity] = next(home, self.region)
        return _home_regions[self.identity]


def client(region: str | None = None) -> CloudClient:
    """Return the client in a region (the portal's own by default); connections are shared."""
    identity = cloud_identity()
    return CloudClient(identity, region or identity.region)


def object_url(region: str, namespace: str, bucket: str, name: str = "") -> str:
    """Return the public address of an object in a bucket that everybody may read."""
    own = cloud_identity().endpoint.rstrip("/")
    base = own or f"https://objectstorage.{region}.oraclecloud.com"
    return f"{base}/n/{namespace}/b/{bucket}/o/{quote(name)}"


def _body(data: Any, into: IO[bytes] | None) -> Any:
    """Return the body of an answer; a stream is read whole, or written into the file given."""
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
        start = data.get("nextStartWith")
        return data["objects"], {"start": start} if start else {}
    page = answer.headers.get("opc-next-page", "")
    items = data.get("items", []) if isinstance(data, dict) else data or []
    return items, {"page": page} if page else {}
