"""What people may do to incidents."""

from functools import partial

from portal.accounts.roles import Role
from portal.acts.spec import ActField, ActSpec, TokenScope
from portal.audit.verbs import Verb
from runbooks.models import Incident

REASON = ActField("reason", "How you know that it is over", longest=500, shortest=3)

on_incident = partial(ActSpec, model=Incident)

ACKNOWLEDGE = on_incident(
    "incident.acknowledge",
    "Acknowledge",
    Verb.INCIDENT_ACKNOWLEDGED,
    TokenScope.DEPLOY,
    (Role.DEPLOYER, Role.ADMIN),
    Incident.can_acknowledge,
    Incident.acknowledge,
    pages=("incident-acknowledge",),
    effect="Takes the incident: everybody sees who is at work on it.",
)
RESOLVE = on_incident(
    "incident.resolve",
    "Resolve",
    Verb.INCIDENT_RESOLVED,
    TokenScope.DEPLOY,
    (Role.DEPLOYER, Role.ADMIN),
    Incident.can_resolve,
    Incident.resolve_by_hand,
    fields=(REASON,),
    pages=("incident-resolve",),
    effect="Closes the incident on your word, which is kept as the proof.",
)

ACTS = [ACKNOWLEDGE, RESOLVE]
