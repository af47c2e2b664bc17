"""The plan of a release as data: everything that will run, frozen, so that people approve exactly
that. Pure.

Stored plans keep their JSON: a part writes the keys that it was read with, so the digest that
people approved holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class JsonPart:
    """A JSON object as a frozen value; `raw` is what it was read from, None for one that was made
    here.

    Keys that the JSON lacked are not written while they have their default, keys that are unknown
    are written as read. `readers` has a reader for each field that is no plain JSON, `keys` the key
    of a field that has another name.
    """

    readers: ClassVar[Mapping[str, Reader]] = {}
    keys: ClassVar[Mapping[str, str]] = {}
    raw: Mapping[str, Any] | None = field(default=None, kw_only=True, compare=False, repr=False)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the part that a JSON object describes; what it lacks gets its default."""
        given: dict[str, Any] = {}
        for name, key in cls._names():
            if key in value:
                reader = cls.readers.get(name)
                found = value[key]
                given[name] = found if found is None or reader is None else reader(found)
        return cls(**given, raw=value)

    def as_json(self) -> dict[str, Any]:
        """Return the JSON object: that which was read, with what was replaced since."""
        if self.raw is None:
            return {key: _write(getattr(self, name)) for name, key in self._names()}
        written, plain = dict(self.raw), type(self)()
        for name, key in self._names():
            value = getattr(self, name)
            if key in self.raw or value != getattr(plain, name):
                written[key] = _write(value)
        return written

    @classmethod
    def _names(cls) -> list[tuple[str, str]]:
        own = [one.name for one in fields(cls) if one.name != "raw"]
        return [(name, cls.keys.get(name, name)) for name in own]


def list_of(part: type[JsonPart]) -> Reader:
    """Return a reader of a list of parts."""
    return lambda value: tuple(map(part.from_json, value))


def map_of(part: type[JsonPart]) -> Reader:
    """Return a reader of parts by name."""
    return lambda value: {name: part.from_json(one) for name, one in value.items()}


def _write(value: Any) -> Any:
    if isinstance(value, JsonPart):
        return value.as_json()
    if isinstance(value, Mapping):
        return {name: _write(item) for name, item in value.items()}
    return [_write(item) for item in value] if isinstance(value, (list, tuple)) else value


@dataclass(frozen=True)
class ImageName(JsonPart):
    """An image as people name it."""

    tag: str = ""
    digest: str = ""


@dataclass(frozen=True)
class PlannedImage(ImageName):
    """An image that will run: where it is, and when it was pushed (ISO)."""

    repository: str = ""
    pushed_at: str = ""

    @property
    def name(self) -> str:
        """Return the repository with the tag."""
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True)
class ApiInstance(JsonPart):
    """A container instance (its OCID) with its name in the load balancer (`address:port`)."""

    instance: str = ""
    backend: str = ""


@dataclass(frozen=True)
class InstanceSet(JsonPart):
    """The instances of one deployment; `workers` are OCIDs, the numbers keys of rows."""

    readers: ClassVar[Mapping[str, Reader]] = {"api": list_of(ApiInstance)}

    deployment: int = 0
    release: int = 0
    version: str = ""
    api: Sequence[ApiInstance] = ()
    workers: Sequence[str] = ()

    @property
    def backends(self) -> list[str]:
        """Return how the load balancer names the API instances."""
        return [one.backend for one in self.api]


NO_INSTANCES = InstanceSet()


@dataclass(frozen=True)
class LiveRelease(InstanceSet):
    """What was live when the plan was made."""

    readers: ClassVar[Mapping[str, Reader]] = {
        **InstanceSet.readers,
        "images": map_of(ImageName),
    }

    images: Mapping[str, ImageName] = field(default_factory=dict)
    git_sha: str = ""


@dataclass(frozen=True)
class InstanceShape(JsonPart):
    """The size of the instances by role."""

    name: str = ""
    ocpus: Mapping[str, int] = field(default_factory=dict)
    memory_gb: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ContainerCheck(JsonPart):
    """How often OCI asks a container whether it is healthy."""

    interval_seconds: int = 0
    timeout_seconds: int = 0
    failures: int = 0
    delay_seconds: int = 30


@dataclass(frozen=True)
class Placement(JsonPart):
    """Where instances run, how many and how large by role; ids are OCIDs."""

    readers: ClassVar[Mapping[str, Reader]] = {
        "shape": InstanceShape.from_json,
        "check": ContainerCheck.from_json,
    }

    region: str = ""
    compartment: str = ""
    subnet: str = ""
    nsg: str = ""
    load_balancer: str = ""
    backend_set: str = ""
    port: int = 0
    health_path: str = ""
    api_url: str = ""
    instance_name: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    shape: InstanceShape = InstanceShape()
    check: ContainerCheck = ContainerCheck()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecretVersion(JsonPart):
    """A secret by reference: the container fetches the value itself."""

    name: str = ""
    ocid: str = ""
    version: int = 0


@dataclass(frozen=True)
class PlannedMigration(JsonPart):
    """The revision that the release expects, and the command that brings the database there."""

    head: str = ""
    command: Sequence[str] = ()


@dataclass(frozen=True)
class SigningTerms(JsonPart):
    """The key whose signature an image needs, and its vault (OCIDs)."""

    key: str = ""
    vault: str = ""


@dataclass(frozen=True)
class PlannedBundle(JsonPart):
    """A frontend bundle: its row, how many files it has, where its bytes are."""

    id: int = 0
    count: int = 0
    digest: str = ""
    label: str = ""
    archive: str = ""
    archive_sha256: str = ""
    archive_format: str = ""
    bucket: str = ""
    size: int = 0
    api_origin: str = ""

    @property
    def name(self) -> str:
        """Return the label, else the beginning of the digest."""
        return self.label or self.digest[7:19]


@dataclass(frozen=True)
class PurgeHook(JsonPart):
    """The address that tells the CDN to forget a page, and the secret (OCID) with its token."""

    url: str = ""
    secret: str = ""


@dataclass(frozen=True)
class FrontendTarget(JsonPart):
    """Where the frontend is published and seen, which API it calls, what was published before."""

    readers: ClassVar[Mapping[str, Reader]] = {
        "purge": PurgeHook.from_json,
        "previous": PlannedBundle.from_json,
    }

    bucket: str = ""
    namespace: str = ""
    provider: str = ""
    url: str = ""
    api_origin: str = ""
    cors: Sequence[str] = ()
    purge: PurgeHook = PurgeHook()
    keep_days: int = 0
    previous: PlannedBundle | None = None


@dataclass(frozen=True)
class PlannedStep(JsonPart):
    """A step of the deployment as the approver reads it."""

    name: str = ""
    label: str = ""


@dataclass(frozen=True)
class ReleasePlan(JsonPart):
    """What runs (`version` to `bundle`), and all that the environment decides about it.

    A job that needs less than a whole release (an instant rollback, a smoke test) has a plan with
    some of these keys.
    """

    readers: ClassVar[Mapping[str, Reader]] = {
        "images": map_of(PlannedImage),
        "bundle": PlannedBundle.from_json,
        "previous": LiveRelease.from_json,
        "retire": list_of(InstanceSet),
        "place": Placement.from_json,
        "secrets": list_of(SecretVersion),
        "migration": PlannedMigration.from_json,
        "frontend": FrontendTarget.from_json,
        "signing": SigningTerms.from_json,
        "steps": list_of(PlannedStep),
    }

    version: str = ""
    git_sha: str = ""
    images: Mapping[str, PlannedImage] = field(default_factory=dict)
    alembic_head: str = ""
    bundle: PlannedBundle | None = None
    environment: str = ""
    approvals_needed: int = 0
    approvers: str = ""
    previous: LiveRelease | None = None
    retire: Sequence[InstanceSet] = ()
    place: Placement = Placement()
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[SecretVersion] = ()
    worker_command: Sequence[str] = ()
    migration: PlannedMigration | None = None
    frontend: FrontendTarget | None = None
    signing: SigningTerms | None = None
    steps: Sequence[PlannedStep] = ()

    @property
    def old(self) -> InstanceSet:
        """Return the instances that the plan replaces; empty for the first release."""
        return self.previous or NO_INSTANCES
