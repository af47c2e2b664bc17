"""What the jobs of releases carry. Pure; stored specs keep their JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from releases.requests.plan import (
    NO_INSTANCES,
    ApiInstance,
    InstanceSet,
    JsonPart,
    Reader,
    ReleasePlan,
    list_of,
)

EMPTY = ReleasePlan()
PLAN: Mapping[str, Reader] = {"plan": ReleasePlan.from_json}


@dataclass(frozen=True)
class DeploySpec(JsonPart):
    """A deployment: keys of the rows of release and deployment, the digest that was approved."""

    readers: ClassVar[Mapping[str, Reader]] = PLAN

    release: int = 0
    deployment: int = 0
    digest: str = ""
    plan: ReleasePlan = EMPTY


@dataclass(frozen=True)
class RollbackSpec(JsonPart):
    """A rollback from what is `live` to what was `kept`; `incident` is its key as text."""

    readers: ClassVar[Mapping[str, Reader]] = {
        **PLAN,
        "live": InstanceSet.from_json,
        "kept": InstanceSet.from_json,
    }
    keys: ClassVar[Mapping[str, str]] = {"live": "from", "kept": "to"}

    mode: str = ""
    live: InstanceSet = NO_INSTANCES
    kept: InstanceSet = NO_INSTANCES
    reason: str = ""
    incident: str = ""
    plan: ReleasePlan = EMPTY
    deployment: int = 0


@dataclass(frozen=True)
class RemovedInstances(JsonPart):
    """The instances that a change of scale removes."""

    readers: ClassVar[Mapping[str, Reader]] = {"api": list_of(ApiInstance)}

    api: Sequence[ApiInstance] = ()
    worker: Sequence[str] = ()

    @property
    def backends(self) -> list[str]:
        """Return how the load balancer names the API instances."""
        return [one.backend for one in self.api]


@dataclass(frozen=True)
class ScaleSpec(JsonPart):
    """A change of scale of the live `deployment`; the plan's counts are what starts."""

    readers: ClassVar[Mapping[str, Reader]] = {**PLAN, "remove": RemovedInstances.from_json}

    plan: ReleasePlan = EMPTY
    deployment: int = 0
    version: str = ""
    remove: RemovedInstances = RemovedInstances()
    settings: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class CleanUpSpec(JsonPart):
    """The removal of instances that are kept long enough."""

    readers: ClassVar[Mapping[str, Reader]] = {**PLAN, "retire": list_of(InstanceSet)}

    plan: ReleasePlan = EMPTY
    retire: Sequence[InstanceSet] = ()
