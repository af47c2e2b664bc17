"""The order of a job that carries out a plan: everything it needs, frozen. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from environments.desired import Known
from environments.reconcile.change import Change
from environments.reconcile.teardown import Removal


@dataclass(frozen=True, slots=True)
class PlanJobSpec:
    """What `environments.apply` and `environments.destroy` are started with."""

    plan: int
    digest: str
    observed_digest: str
    region: str
    changes: Sequence[Change]
    known: Mapping[str, Known]  # what existed when the plan was made
    removals: Sequence[Removal] = field(default_factory=tuple)  # of a plan that destroys
    recent: Sequence[str] = ()  # keys of what jobs before it made so recently that OCI may not know

    def as_json(self) -> dict[str, Any]:
        """Return it as the job keeps it."""
        removals = [removal.for_job() for removal in self.removals]
        return {
            "plan": self.plan,
            "digest": self.digest,
            "observed_digest": self.observed_digest,
            "region": self.region,
            "changes": [change.for_job() for change in self.changes],
            "known": {key: known.as_json() for key, known in self.known.items()},
            "recent": list(self.recent),
        } | ({"removals": removals} if removals else {})

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it back from a job."""
        return cls(
            plan=value["plan"],
            digest=value["digest"],
            observed_digest=value["observed_digest"],
            region=value["region"],
            changes=[Change.from_json(change) for change in value["changes"]],
            known={key: Known.from_json(known) for key, known in value["known"].items()},
            removals=[Removal.from_json(removal) for removal in value.get("removals", ())],
            recent=value.get("recent", ()),
        )
