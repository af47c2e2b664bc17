"""Which changes of a protected environment remove a check, so that another admin confirms. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from environments.settings.rules import EnvironmentSettings

KEPT_FOR = timedelta(hours=24)  # how long the change of the first admin waits for another


def removed_checks(
    before: EnvironmentSettings, after: EnvironmentSettings, *, stays_protected: bool = True
) -> dict[str, Any]:
    """Return the new values, by name, of the settings that check a release less than before."""
    found: dict[str, Any] = {}
    if after["approvals_needed"] < before["approvals_needed"]:
        found["approvals_needed"] = after["approvals_needed"]
    if (before["approvers"], after["approvers"]) == ("admins", "deployers"):
        found["approvers"] = "deployers"
    if after["promote_from"] not in ("below", before["promote_from"]):
        found["promote_from"] = after["promote_from"]
    return found if stays_protected else {**found, "protected": False}


@dataclass(frozen=True, slots=True)
class PendingChange:
    """What the first admin requested: the values, the account, the moment as ISO text."""

    values: Mapping[str, Any]
    account: str
    at: str

    def as_json(self) -> dict[str, Any]:
        """Return it as the environment's row keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | None) -> Self | None:
        """Read it back; None when there is no request."""
        return cls(**value) if value else None

    def is_confirmed_by(self, account: str, values: Mapping[str, Any], now: datetime) -> bool:
        """Say whether another person requests exactly the same, soon enough."""
        soon = now - datetime.fromisoformat(self.at) <= KEPT_FOR
        return soon and account != self.account and dict(self.values) == dict(values)
