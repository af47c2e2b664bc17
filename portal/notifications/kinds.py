"""The kinds of event that people are told of, and who is told by default; pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.accounts.roles import Role

OPERATORS = frozenset({Role.DEPLOYER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event: the title says in plain words what happened.

    `default_roles` are those whose holders are told unless they choose otherwise. Where
    `placeless`, an event may concern no environment.
    """

    name: str
    title: str
    default_roles: frozenset[Role] = frozenset()
    placeless: bool = False

    def default_for(self, roles: Iterable[str]) -> bool:
        """Say whether a person with these roles is told who has chosen nothing."""
        return bool(self.default_roles & set(roles))

    def happens_in(self, environment: str) -> bool:
        """Say whether it can happen there; an empty name means in none."""
        return bool(environment) or self.placeless


INCIDENT_OPENED = EventKind("incident-opened", "Incident opened", OPERATORS)
INCIDENT_ESCALATED = EventKind("incident-escalated", "Incident escalated", OPERATORS)
INCIDENT_ACKNOWLEDGED = EventKind("incident-acknowledged", "Incident acknowledged", OPERATORS)
INCIDENT_RESOLVED = EventKind("incident-resolved", "Incident resolved", OPERATORS)
DEPLOYMENT_FAILED = EventKind("deployment-failed", "Deployment failed", OPERATORS)
DEPLOYMENT_ROLLED_BACK = EventKind("deployment-rolled-back", "Deployment rolled back", OPERATORS)
APPROVAL_WAITING = EventKind("approval-waiting", "Approval waiting", OPERATORS)
JOB_PARKED = EventKind("job-parked", "Job needs an operator", OPERATORS, placeless=True)
HOLD_PLACED = EventKind("hold-placed", "Environment held")
DRIFT_FOUND = EventKind("drift-found", "Drift found")
ALARM_MUTED = EventKind("alarm-muted", "Alarm muted")
TEST = EventKind("test", "Test message")

KINDS = {
    kind.name: kind
    for kind in (
        INCIDENT_OPENED,
        INCIDENT_ESCALATED,
        INCIDENT_ACKNOWLEDGED,
        INCIDENT_RESOLVED,
        DEPLOYMENT_FAILED,
        DEPLOYMENT_ROLLED_BACK,
        APPROVAL_WAITING,
        JOB_PARKED,
        HOLD_PLACED,
        DRIFT_FOUND,
        ALARM_MUTED,
    )
}
TITLES = {kind.name: kind.title for kind in (*KINDS.values(), TEST)}
