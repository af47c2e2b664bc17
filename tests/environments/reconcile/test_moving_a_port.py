"""Another listener port: opened, moved, closed, in this order; a clash is seen by the plan."""

import pytest

from environments.blueprint import network, tenancy, traffic, whole
from environments.models import Environment
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.cloud.client import client
from portal.jobs.runner import run_until_idle
from tests.portal.accounts.people import make_cast
from tests.ports import free_port

ACTOR = "user:ada"


@pytest.fixture
def dev(db, simulator, settings, monkeypatch):
    settings.JOB_SETTLE_SECONDS = 0.1
    make_cast()
    sdk_clients.reset()
    monkeypatch.setattr(whole, "SECTIONS", (tenancy, network, traffic))
    dev = seed_environments()[0]
    with_port(dev, free_port())
    carried_out(make_plan(dev, actor=ACTOR))
    dev.refresh_from_db()
    return dev


def with_port(dev, port):
    dev.settings["listener_port"] = port
    dev.save()
    return port


def carried_out(plan, state="succeeded"):
    job = apply(plan, actor=ACTOR)
    for _ in range(3):
        run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == state, (job.at_step, job.reason)
    return job


def calls_of(job):
    events = Event.objects.filter(job=str(job.pk), verb="oci.call", outcome="admitted")
    return [str(event.body) for event in events.order_by("pk")]


def test_the_new_port_is_open_before_the_listener_moves_and_the_old_one_shut_after_it(dev):
    before = dev.setting("listener_port")
    with_port(dev, free_port())
    plan = make_plan(dev, actor=ACTOR)
    assert plan.keys_to_tick == ["nsg.lb", "listener.api"]
    job = carried_out(plan)
    calls = calls_of(job)
    wanted = (
        "add_network_security_group_security_rules",
        "update_listener",
        "remove_network_security_group_security_rules",
    )
    order = [number for name in wanted for number, call in enumerate(calls) if name in call]
    assert len(order) == 3 and order == sorted(order)
    dev = Environment.objects.get(pk=dev.pk)
    assert make_plan(dev, actor=ACTOR).is_empty
    assert str(before) not in str(dev.resources.get(key="nsg.lb").facts)


def test_a_port_of_another_listener_is_refused_and_the_old_one_stays_open(dev):
    balancer, taken = dev.ocid("load_balancer"), free_port()
    body = {"name": "web", "port": taken, "protocol": "HTTP", "defaultBackendSetName": "api"}
    client().change("load_balancer", "create_listener", body, balancer)
    before = with_port(dev, taken)
    plan = make_plan(dev, actor=ACTOR)
    changes = {change.key: change for change in plan.all_changes}
    assert changes["listener.api"].action == "refuse"
    assert f"Port {before} is used by the listener web of" in changes["listener.api"].reason
    assert changes["nsg.lb"].action == "blocked"
    assert "It waits for listener.api" in changes["nsg.lb"].reason
    assert not plan.has_work
