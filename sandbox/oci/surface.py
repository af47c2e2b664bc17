"""The API surface of a set of services, read from the installed SDK and kept as JSON between
runs.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.oci import sdk_source

_READING = ("list_", "get_", "head_", "summarize_", "lookup_", "retrieve_")


@dataclass(frozen=True)
class Parameter:
    """A query or header parameter, by its wire name."""

    name: str
    required: bool = False
    enum: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One method of an SDK client."""

    service: str
    client: str
    name: str
    method: str
    path: str
    body: str  # model, "stream", or "" for none
    body_required: bool
    response: str  # "Vcn", "list[Vcn]", "stream", "str" or "" for none
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()

    @property
    def key(self) -> str:
        """The operation's name among all services."""
        return f"{self.service}.{self.name}"

    @property
    def mutates(self) -> bool:
        """Say whether the operation changes something; a few services read by POST."""
        return self.method not in {"GET", "HEAD"} and not self.name.startswith(_READING)

    def takes(self, header: str) -> bool:
        """Say whether the operation has a header parameter."""
        return any(item.name == header for item in self.headers)


@dataclass(frozen=True)
class Field:
    """A property of a model."""

    type: str
    required: bool = False
    enum: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A body or response model, by wire names; `subtypes` maps discriminator values to models."""

    name: str
    fields: dict[str, Field]
    discriminator: str = ""
    subtypes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Surface:
    """All operations of the services in use, and the models of each service."""

    version: str
    operations: list[Operation]
    models: dict[str, dict[str, Model]]


def load(clients: dict[str, tuple[str, ...]], cache: Path | None = None) -> Surface:
    """Return the surface of these clients per SDK package; reads the SDK's source only when no
    cached reading fits.
    """
    version = importlib.metadata.version("oci")
    file = (cache or _cache_folder()) / f"oci-surface-{version}-{_fingerprint(clients)}.json"
    try:
        return _surface(json.loads(file.read_text()))
    except (OSError, ValueError, KeyError, TypeError):
        surface = read(clients, version)
        _keep(file, surface)
        return surface


def read(clients: dict[str, tuple[str, ...]], version: str) -> Surface:
    """Read the surface from the SDK's source."""
    spec = importlib.util.find_spec("oci")  # finds the package without importing it
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            "the package `oci` is not installed: the simulator reads the API from its source"
        )
    root = Path(next(iter(spec.submodule_search_locations)))
    content: dict[str, Any] = {"version": version, "operations": [], "models": {}}
    for service, names in clients.items():
        package = root / service
        operations = [
            found for name in names for found in sdk_source.operations(package, service, name)
        ]
        wanted = {kind for found in operations for kind in (found["body"], found["response"])}
        content["operations"] += operations
        content["models"][service] = sdk_source.models(package, wanted)
    return _surface(content)


def _surface(content: dict[str, Any]) -> Surface:
    models = {
        service: {name: _model(item) for name, item in found.items()}
        for service, found in content["models"].items()
    }
    return Surface(
        content["version"], [_operation(found) for found in content["operations"]], models
    )


def _operation(found: dict[str, Any]) -> Operation:
    lists = {key: tuple(_parameter(item) for item in found[key]) for key in ("query", "headers")}
    return Operation(**{**found, **lists})


def _parameter(found: dict[str, Any]) -> Parameter:
    return Parameter(found["name"], found["required"], tuple(found["enum"]))


def _model(found: dict[str, Any]) -> Model:
    fields = {
        name: Field(item["type"], item["required"], tuple(item["enum"]))
        for name, item in found["fields"].items()
    }
    return Model(found["name"], fields, found["discriminator"], found["subtypes"])


def _keep(file: Path, surface: Surface) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps(asdict(surface), separators=(",", ":")))
        scratch.replace(file)  # a reader sees the whole file or none
    except OSError:
        return  # without a place to keep it, the next start reads the source again


def _cache_folder() -> Path:
    named = os.environ.get("XDG_CACHE_HOME")
    home = Path(named) if named else Path.home() / ".cache"
    writable = os.access(home if home.exists() else home.parent, os.W_OK)
    return (home if writable else Path(tempfile.gettempdir())) / "portal"


def _fingerprint(clients: dict[str, tuple[str, ...]]) -> str:
    reader = Path(sdk_source.__file__).read_bytes()
    return hashlib.sha256(json.dumps(clients, sort_keys=True).encode() + reader).hexdigest()[:12]
