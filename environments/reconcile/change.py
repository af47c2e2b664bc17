"""What a plan says about one resource, as it is frozen into the plan's row. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from environments.desired import Desired, Difference, refs
from environments.kinds import KINDS
from environments.kinds.update_cost import UpdateCost
from environments.reconcile.differences import ValueChange, value_changes
from portal.lib.redact import masked

TAKES_AWAY = "takes away"  # an update or an adoption that ends something: a rule, a right, data
BUILDING = ("create", "update", TAKES_AWAY, "replace", "adopt")
WORK = (*BUILDING, "delete", "schedule")
REFUSED = ("refuse", "blocked")  # it may not be touched; it needs something that may not
STILL = (*REFUSED, "attention", "keep", "nothing")  # actions that change nothing
LATER = "(known after apply)"
OTHER_GROUP = "Delivery"  # of what is no resource of the blueprint: containers of releases


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan says about one resource: an action, why, and what exactly differs.

    `by_hand` are fields changed outside the portal that no setting names: no plan reverts them.
    `costs` are those of the update to those who use the resource.
    `state` is the lifecycle state that OCI shows when it is not a good one of its kind.
    `whole` and `empties` belong to a plan that destroys; `needs` are the keys that come before it.
    """

    want: Desired
    action: str  # one of WORK or STILL
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    ocid: str = ""
    needs: tuple[str, ...] = ()
    seconds: int = 0  # that it usually takes
    state: str = ""
    costs: tuple[UpdateCost, ...] = ()
    by_hand: tuple[Difference, ...] = ()

    @property
    def key(self) -> str:
        """Return the key of the resource."""
        return self.want.key

    @property
    def name(self) -> str:
        """Return the resource's name in OCI."""
        return self.want.name

    @property
    def kind(self) -> str:
        """Return the words for its kind."""
        return KINDS[self.want.kind].name if self.want.kind in KINDS else self.want.kind

    @property
    def group(self) -> str:
        """Return the section of pages that its kind belongs to."""
        return KINDS[self.want.kind].group if self.want.kind in KINDS else OTHER_GROUP

    @property
    def values(self) -> list[ValueChange]:
        """Return its differences broken down to the values that differ."""
        both = (*self.differences, *self.by_hand)
        return [one for found in both for one in value_changes(found)]

    def as_json(self) -> dict[str, Any]:
        """Return it as it is frozen into the plan's row, secret-looking values masked."""
        return {
            "key": self.key,
            "kind": self.kind,
            "group": self.group,
            "name": self.name,
            "action": self.action,
            "reason": self.reason,
            "ocid": self.ocid,
            "needs": list(self.needs),
            "seconds": self.seconds,
            "state": self.state,
            "costs": [{"grade": cost.grade, "words": cost.words} for cost in self.costs],
            "differences": [_difference(difference) for difference in self.differences],
            "by_hand": [_difference(difference) for difference in self.by_hand],
            "desired": self.want.as_json() if self.want.kind in KINDS else {},
        }

    def for_job(self) -> dict[str, Any]:
        """Return it as it is frozen into the order of a job."""
        whole = self.as_json()
        return {name: whole[name] for name in ("key", "kind", "name", "action", "ocid", "desired")}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read it back from a plan's row or from the order of a job."""
        wanted = value["desired"]
        return cls(
            want=(
                Desired.from_json(wanted)
                if wanted
                else Desired(value["key"], value["kind"], value["name"])
            ),
            action=value["action"],
            reason=value.get("reason", ""),
            differences=tuple(Difference(**one) for one in value.get("differences", ())),
            ocid=value["ocid"],
            needs=tuple(value.get("needs", ())),
            seconds=value.get("seconds", 0),
            state=value.get("state", ""),
            by_hand=tuple(Difference(**one) for one in value.get("by_hand", ())),
            costs=tuple(UpdateCost(**cost) for cost in value.get("costs", ())),
        )


def _difference(found: Difference) -> dict[str, Any]:
    """Return a difference for the page, a secret masked by the name of its field too."""
    name = found.field
    return {
        "field": name,
        "want": masked(name, _shown(found.want)),
        "have": masked(name, _shown(found.have)),
    }


def _shown(value: Any) -> Any:
    """Return a wanted or found value for the page: references to what is not there yet in words."""
    if isinstance(value, str):
        return f"{value} {LATER}" if refs(value) and not value.endswith(LATER) else value
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    return repr(value) if isinstance(value, float) else value
