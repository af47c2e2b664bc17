"""What each lifecycle state of OCI means for each kind: what is well, what is not, and that no
words ever lead to the loss of data.
"""

import re
from dataclasses import replace

import pytest
from oci import (
    artifacts,
    budget,
    certificates_management,
    core,
    dns,
    identity,
    key_management,
    load_balancer,
    logging,
    monitoring,
    ons,
    psql,
    queue,
    vault,
)

from environments.desired import lookup_in
from environments.drift import DriftKind
from environments.drift.items import DriftContext, find_differences
from environments.kinds import KINDS
from environments.kinds.states import is_broken, is_busy, is_dying, is_gone
from environments.reconcile.decide import decide
from environments.reconcile.plan import plan
from tests.environments.build import built, spec, wanted

SETTINGS = {
    "domain": "dev.example.com",
    "budget_per_month": 500,
    "budget_recipients": ["team@example.com"],
}
BLUEPRINT = wanted(settings=SETTINGS, certificate="here")
BUILT, REMEMBERED = built(BLUEPRINT)
MODELS = {
    "compartment": identity.models.Compartment,
    "tag_namespace": identity.models.TagNamespace,
    "tag": identity.models.Tag,
    "tag_default": identity.models.TagDefault,
    "group": identity.models.Group,
    "dynamic_group": identity.models.DynamicGroup,
    "policy": identity.models.Policy,
    "vcn": core.models.Vcn,
    "default_security_list": core.models.SecurityList,
    "internet_gateway": core.models.InternetGateway,
    "nat_gateway": core.models.NatGateway,
    "service_gateway": core.models.ServiceGateway,
    "route_table": core.models.RouteTable,
    "subnet": core.models.Subnet,
    "nsg": core.models.NetworkSecurityGroup,
    "vault": key_management.models.Vault,
    "key": key_management.models.Key,
    "secret": vault.models.Secret,
    "db_system": psql.models.DbSystem,
    "repository": artifacts.models.ContainerRepository,
    "queue": queue.models.Queue,
    "log_group": logging.models.LogGroup,
    "log": logging.models.Log,
    "dns_zone": dns.models.Zone,
    "certificate": certificates_management.models.Certificate,
    "load_balancer": load_balancer.models.LoadBalancer,
    "topic": ons.models.NotificationTopic,
    "subscription": ons.models.Subscription,
    "alarm": monitoring.models.Alarm,
    "budget": budget.models.Budget,
    "budget_alert": budget.models.AlertRule,
}
STATELESS = {"bucket", "lifecycle", "retention_rule", "dns_record"} | {
    "backend_set",
    "rule_set",
    "listener",
}
DATA = {"db_system", "bucket", "vault", "key", "secret", "queue", "repository", "log", "log_group"}
DELETES = re.compile(r"(?i)\b(delete|deletes|deleted|remove|removes|recreate)\b")


def states(model):
    constants = (name for name in vars(model) if name.startswith("LIFECYCLE_STATE_"))
    return {getattr(model, name) for name in constants}


EVERY = [(kind, state) for kind, model in MODELS.items() for state in sorted(states(model))]


def wanted_of(kind):
    return next(want for want in BLUEPRINT if want.kind == kind)


def change_in(kind, state, **fields):
    want = wanted_of(kind)
    found = replace(BUILT[want.key], state=state)
    found = replace(found, wire={**found.wire, **fields})
    whole = want.resolved(lookup_in(BUILT, "ocid1.tenancy"))
    return decide(want, whole, found, found.ocid, "")


def test_every_kind_is_walked():
    assert set(MODELS) | STATELESS == set(KINDS)
    assert not set(MODELS) & STATELESS


@pytest.mark.parametrize(("kind", "state"), EVERY)
def test_every_state_of_every_kind_has_one_meaning(kind, state):
    of = KINDS[kind]
    good = state in of.good_states
    meanings = (good, is_broken(state), is_busy(state), is_dying(state), is_gone(state))
    assert sum(meanings) + of.needs_attention(state) == 1, state


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_has_a_good_state_that_oci_knows(kind):
    assert KINDS[kind].good_states & (states(MODELS[kind]) | {"ACTIVE"})


@pytest.mark.parametrize(
    ("kind", "state"), [pair for pair in EVERY if KINDS[pair[0]].needs_attention(pair[1])]
)
def test_what_is_not_well_is_drift_with_words_and_a_next_step(kind, state):
    change = change_in(kind, state)
    assert (change.action, change.state) == ("attention", state)
    assert state in change.reason and change.reason.count(".") >= 2
    context = DriftContext(spec(), lambda key, fact: None, {}, REMEMBERED)
    found = next(iter(find_differences([change], context)))
    assert (found.sort, found.field) == (DriftKind.BLOCKED, "lifecycleState")
    assert found.found == state


@pytest.mark.parametrize(("kind", "state"), EVERY)
def test_no_words_about_what_holds_data_lead_to_its_deletion(kind, state):
    change = change_in(kind, state)
    if KINDS[kind].holds_data and not is_dying(state):
        assert not DELETES.search(change.reason), change.reason
        assert change.action != "replace"


def test_what_holds_data_says_so():
    assert {name for name, kind in KINDS.items() if kind.holds_data} >= DATA
    assert [name for name in DATA if KINDS[name].replaceable] == ["log"]


@pytest.mark.parametrize("name", sorted(name for name, kind in KINDS.items() if kind.holds_data))
def test_no_hint_of_what_holds_data_leads_to_its_deletion(name):
    kind = KINDS[name]
    hints = (kind.cannot_change_hint, kind.name_taken_hint, *kind.state_hints.values())
    assert not [hint for hint in hints if DELETES.search(hint)]


def test_a_database_that_needs_attention_exists_and_holds_up_nothing():
    observed = {**BUILT, "db_system": replace(BUILT["db_system"], state="NEEDS_ATTENTION")}
    observed["alarm.5xx"] = None
    changes = {change.key: change for change in plan(BLUEPRINT, observed, REMEMBERED)}
    assert changes["db_system"].action == "attention"
    assert "do not" not in changes["db_system"].reason and "backup" in changes["db_system"].reason
    assert changes["alarm.5xx"].action == "create"


def test_a_failed_database_is_refused_and_left_as_it_is():
    change = change_in("db_system", "FAILED")
    assert change.action == "refuse" and "It may hold data" in change.reason


def test_a_stopped_database_takes_no_change():
    change = change_in("db_system", "INACTIVE", description="by hand")
    assert change.action == "refuse" and "Start it in the OCI console" in change.reason


def test_a_refusal_blocks_what_needs_it_and_nothing_else():
    observed = {**BUILT, "vault": replace(BUILT["vault"], state="FAILED")}
    observed |= {"secret.DATABASE_URL": None, "bucket.uploads": None}
    changes = {change.key: change for change in plan(BLUEPRINT, observed, REMEMBERED)}
    assert changes["vault"].action == "refuse"
    assert changes["secret.DATABASE_URL"].action == "blocked"
    assert "waits for vault, which is refused" in changes["secret.DATABASE_URL"].reason
    assert changes["bucket.uploads"].action == "create"
