"""An environment built by hand, with other names and other sizes, is adopted until its plan
is empty.
"""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from environments.acts import carry_out
from environments.adoption.choose import choose, suggested
from environments.adoption.discover import discover_for
from environments.blueprint import network, tenancy, traffic, whole
from environments.models import Adoption, Environment
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from environments.seed import seed_environments
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.cloud.client import client as cloud_client
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.refusal import Invalid
from tests.environments.adoption.by_hand import BACK, FRONT, VCN, ByHand
from tests.portal.accounts.people import make_cast, sign_in

ACTOR = "user:ada"


@pytest.fixture
def dev(db, simulator, settings, monkeypatch):
    settings.JOB_SETTLE_SECONDS = 0.1
    make_cast()
    sdk_clients.reset()
    monkeypatch.setattr(
        whole, "SECTIONS", (tenancy, network, traffic)
    )  # what needs settings, names and parts
    return seed_environments()[0]


@pytest.fixture
def by_hand(dev, simulator, free_port):
    return ByHand(simulator).build(free_port)


def standing(found):
    return {one["key"]: one["standing"] for one in found.proposals}


def adopted(dev, choices):
    """Choose, plan, apply; return the plan that was applied."""
    found = discover_for(dev, choices=choices)
    choose(dev, {**suggested(found), **choices}, settings=True, actor=ACTOR)
    dev.refresh_from_db()
    plan = make_plan(dev, actor=ACTOR)
    job = apply(plan, actor=ACTOR)
    for _ in range(3):
        run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded", (job.at_step, job.reason)
    return plan


def test_it_is_adopted_to_an_empty_plan_without_creating_anything(
    dev, by_hand, simulator, free_port
):
    found = discover_for(dev)
    stands = standing(found)
    assert (
        stands["compartment"]
        == stands["vcn"]
        == stands["internet_gateway"]
        == stands["load_balancer"]
        == "matched"
    )
    assert (
        stands["subnet.public"] == stands["route_table.private"] == "open"
    )  # two could be meant: a person says which
    assert make_plan(dev, actor=ACTOR).with_action(
        "refuse"
    )  # nothing untagged is touched before somebody chose it
    choices = {
        "subnet.public": by_hand.subnets["front"],
        "subnet.private": by_hand.subnets["back"],
        "route_table.public": by_hand.tables["front"],
        "route_table.private": by_hand.tables["back"],
    }
    plan = adopted(dev, choices)
    assert {change.key for change in plan.with_action("adopt")} >= {"compartment", "vcn", *choices}
    assert plan.keys_to_tick == ["default_security_list", "load_balancer"]
    assert not {change.key for change in plan.with_action("create", "replace")} & {
        "vcn",
        "load_balancer",
        "subnet.public",
    }
    dev = Environment.objects.get(pk=dev.pk)
    assert make_plan(dev, actor=ACTOR).is_empty
    taken = {
        name: dev.settings[name]
        for name in ("vcn_cidr", "public_subnet_cidr", "private_subnet_cidr", "health_path")
    }
    assert taken == {
        "vcn_cidr": VCN,
        "public_subnet_cidr": FRONT,
        "private_subnet_cidr": BACK,
        "health_path": "/ping",
    }
    assert (
        dev.setting("lb_min_mbps"),
        dev.setting("lb_max_mbps"),
        dev.setting("health_interval_ms"),
    ) == (20, 200, 20_000)
    assert (dev.ocid("vcn"), dev.ocid("load_balancer"), dev.compartment_ocid) == (
        by_hand.vcn,
        by_hand.balancer,
        by_hand.compartment,
    )
    wire = cloud_client().read("virtual_network", "get_vcn", by_hand.vcn).data
    assert (wire["displayName"], wire["freeformTags"]["portal-key"]) == (
        "conceptlens-dev-vcn",
        "vcn",
    )
    assert dev.adoptions.get(key="vcn").kept == {
        "dnsLabel": None
    }  # made without one: OCI never changes that
    event = json.loads(Event.objects.get(verb="environment.adoption_chosen").body)
    assert event["actor"] == ACTOR and event["detail"]["settings"]["vcn_cidr"] == {
        "before": "10.20.0.0/16",
        "after": VCN,
    }
    assert standing(discover_for(dev))["vcn"] == "managed"


def test_what_carries_anothers_tags_is_never_adopted(dev, by_hand):
    tags = {"portal-environment": "stage", "portal-key": "vcn"}
    by_hand.network.update_vcn(
        by_hand.vcn, {"displayName": "conceptlens-dev-vcn", "freeformTags": tags}
    )
    found = discover_for(dev, choices={"vcn": by_hand.vcn})
    vcn = next(one for one in found.proposals if one["key"] == "vcn")
    assert vcn["standing"] == "foreign" and "never adopted" in vcn["words"]
    with pytest.raises(Invalid, match="nothing can be chosen"):
        choose(dev, {"vcn": by_hand.vcn}, settings=False, actor=ACTOR)
    Adoption.objects.create(
        environment=dev, key="vcn", ocid=by_hand.vcn, chosen_by=ACTOR
    )  # tagged after it was chosen
    refused = make_plan(dev, actor=ACTOR).with_action("refuse")
    assert "belongs to stage:vcn" in next(
        change.reason for change in refused if change.key == "vcn"
    )


def test_only_what_was_found_for_a_key_can_be_chosen_and_once(dev, by_hand):
    discover_for(dev)
    front = by_hand.subnets["front"]
    with pytest.raises(Invalid, match="not one of those that were found"):
        choose(dev, {"subnet.public": "ocid1.subnet.oc1.iad.other"}, settings=False, actor=ACTOR)
    choose(dev, {"subnet.public": front}, settings=False, actor=ACTOR)
    with pytest.raises(Invalid, match=r"chosen for subnet\.public already"):
        choose(dev, {"subnet.private": front}, settings=False, actor=ACTOR)
    choose(
        dev, {"subnet.public": front}, settings=False, actor="command:root"
    )  # again is the same choice
    assert dev.adoptions.get().chosen_by == "command:root"
    choose(dev, {"subnet.public": ""}, settings=False, actor=ACTOR)
    assert not dev.adoptions.exists() and dev.setting("vcn_cidr") == "10.20.0.0/16"


def test_the_page_leads_from_look_to_choice_to_plan(dev, by_hand, client):
    sign_in(client, make_cast().admin)
    assert "It changes nothing" in client.get("/environments/dev/adopt/").text
    client.post("/environments/dev/adopt/look/")
    run_until_idle(hurry=True)
    page = client.get("/environments/dev/adopt/").text
    assert (
        "product-net" in page and "Choose by hand" in page and "Choose and discover again" in page
    )
    chosen = {
        f"key:subnet.{key}": by_hand.subnets[of]
        for key, of in (("public", "front"), ("private", "back"))
    }
    chosen |= {
        f"key:route_table.{key}": by_hand.tables[of]
        for key, of in (("public", "front"), ("private", "back"))
    }
    client.post("/environments/dev/adopt/", {**chosen, "settings": "yes", "then": "plan"})
    run_until_idle(hurry=True)
    assert (
        Job.objects.filter(kind="environments.discover").count() == 2
    )  # what was chosen by hand is looked at once more
    page = client.get("/environments/dev/adopt/")
    picked = {
        f"key:{one['key']}": one["picked"]
        for _, _, found in page.context["sections"]
        for one in found
        if one["picked"]
    }
    assert "10.77.8.0/24" in page.text and "They contradict each other" not in page.text
    client.post("/environments/dev/adopt/", {**picked, "settings": "yes", "then": "plan"})
    run_until_idle(hurry=True)
    plan = dev.plans.get()
    assert not plan.with_action("refuse"), plan.with_action("refuse")
    assert {change.key for change in plan.with_action("adopt")} >= {"vcn", "subnet.public"}
    assert plan.keys_to_tick == ["default_security_list", "load_balancer"]
    discover_for(
        Environment.objects.get(pk=dev.pk)
    )  # to look and to choose again changes nothing of what stays as it was found
    client.post("/environments/dev/adopt/", {**picked, "then": "look"})
    assert dev.adoptions.kept() == {
        key: {"dnsLabel": None} for key in ("vcn", "subnet.public", "subnet.private")
    }


@pytest.mark.parametrize("who", ["readonly", "auditor", "deployer"])
def test_choosing_takes_an_admin(dev, client, who):
    sign_in(client, getattr(make_cast(), who))
    assert client.get("/environments/dev/adopt/").status_code == 200
    assert client.post("/environments/dev/adopt/", {"key:vcn": "ocid1.vcn.x"}).status_code == 403
    assert Event.objects.filter(verb="environment.adoption_chosen", outcome="refused").count() == 1
    assert not Adoption.objects.exists()


def test_the_command_shows_chooses_and_plans(dev, by_hand):
    out = StringIO()
    call_command("adopt", "dev", stdout=out)
    assert (
        f"--choose subnet.public={by_hand.subnets['front']}" in out.getvalue()
        and "setting vcn_cidr = '10.77.0.0/16'" in out.getvalue()
    )
    assert not Adoption.objects.exists()
    choices = [
        f"subnet.public={by_hand.subnets['front']}",
        f"subnet.private={by_hand.subnets['back']}",
    ]
    choices += [
        f"route_table.public={by_hand.tables['front']}",
        f"route_table.private={by_hand.tables['back']}",
    ]
    call_command("adopt", "dev", "--choose", *choices, "--yes", stdout=out)
    assert (
        "adopt" in out.getvalue().splitlines()[-1]
        and "refuse" not in out.getvalue().splitlines()[-1]
    )
    for words in (["mars"], ["dev", "--choose", "vcn"]):
        with pytest.raises(CommandError) as caught:
            call_command("adopt", *words)
        assert caught.value.returncode == 2


def test_a_live_network_loses_nothing_before_each_row_that_takes_away_is_ticked(
    dev, by_hand, client
):
    sign_in(client, make_cast().admin)
    choices = {
        f"subnet.{key}": by_hand.subnets[of]
        for key, of in (("public", "front"), ("private", "back"))
    }
    choices |= {
        f"route_table.{key}": by_hand.tables[of]
        for key, of in (("public", "front"), ("private", "back"))
    }
    found = discover_for(dev, choices=choices)
    (row,) = [one for one in found.proposals if one["key"] == "default_security_list"]
    assert "Rule of every subnet removed: TCP port 22 from 0.0.0.0/0." in row["takes_away"]
    choose(dev, {**suggested(found), **choices}, settings=True, actor=ACTOR)
    plan = make_plan(Environment.objects.get(pk=dev.pk), actor=ACTOR)
    assert "default_security_list" not in {change.key for change in plan.with_action("create")}
    rows = {change.key: change for change in plan.with_action("takes away")}
    said = " ".join(cost.words for cost in rows["default_security_list"].costs)
    assert "Nothing lets in any more: load balancer front-door." in said
    assert "every other port of it is shut" in rows["load_balancer"].costs[0].words
    page = f"{plan.get_absolute_url()}apply/"
    assert client.get(page).text.count('name="takes_away"') == 2
    for ticked in ([], ["load_balancer"]):
        answer = client.post(page, {"environment": "dev", "takes_away": ticked})
        assert answer.status_code == 400
        assert "Tick default_security_list" in answer.text
    with pytest.raises(CommandError, match="--takes-away lacks default_security_list"):
        call_command("apply", str(plan.pk), "--takes-away", "load_balancer")
    with pytest.raises(Invalid, match="takes_away lacks default_security_list, load_balancer"):
        carry_out(plan, make_cast().admin, digest=plan.digest)
    wire = cloud_client().read("virtual_network", "get_vcn", by_hand.vcn).data
    rules = cloud_client().read(
        "virtual_network", "get_security_list", wire["defaultSecurityListId"]
    )
    assert rules.data["ingressSecurityRules"] and not Job.objects.filter(kind="environments.apply")
    answer = client.post(page, {"environment": "dev", "takes_away": plan.keys_to_tick})
    assert answer.status_code == 302
