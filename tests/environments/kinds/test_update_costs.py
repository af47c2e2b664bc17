"""What an update costs is on the plan; what takes the product down or loses data is confirmed."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from environments.acts import carry_out
from environments.kinds import KINDS
from environments.kinds.update_cost import BRIEF, LOSS, OUTAGE
from environments.models import Plan
from environments.reconcile.change import Change
from environments.reconcile.plan import plan
from portal.lib.refusal import Invalid
from tests.environments.build import built, wanted
from tests.portal.accounts.people import sign_in

BACKEND = {"name": "10.20.10.5:8000", "ipAddress": "10.20.10.5", "port": 8000}
PROD = {
    "vcn_cidr": "10.22.0.0/16",
    "public_subnet_cidr": "10.22.0.0/24",
    "private_subnet_cidr": "10.22.10.0/24",
}
COSTS = [
    ("db_system", {"db_ocpus": 8, "db_memory_gb": 128}, BRIEF, "restarts"),
    ("db_system", {"db_instances": 1}, BRIEF, "dropped"),
    ("db_system", {"db_backup_days": 1}, LOSS, "older than 1 days"),
    ("db_system", {"db_point_in_time": False}, LOSS, "Point-in-time recovery ends"),
    ("lifecycle.exports", {"exports_days": 1}, LOSS, "older than 1 days"),
    ("bucket.uploads", {"versioned_uploads": False}, LOSS, "cannot be brought back"),
    ("queue", {"queue_deliveries": 1}, BRIEF, "dead letters"),
    ("backend_set.api", {"health_path": "/up"}, OUTAGE, "502"),
    ("backend_set.api", {"backend_port": 9000}, OUTAGE, "port 9000"),
]


def changes_after(edited, *, backends=(BACKEND,)):
    observed, remembered = built(wanted(settings=PROD, position=3))
    part = observed["backend_set.api"]
    wire = {**part.wire, "backends": list(backends)}
    observed = {**observed, "backend_set.api": replace(part, wire=wire)}
    blueprint = wanted(settings={**PROD, **edited}, position=3)
    return {change.key: change for change in plan(blueprint, observed, remembered)}


@pytest.mark.parametrize(("key", "edited", "grade", "words"), COSTS)
def test_a_change_says_what_it_costs(key, edited, grade, words):
    change = changes_after(edited)[key]
    assert change.action == ("takes away" if grade == LOSS else "update")
    assert [cost.grade for cost in change.costs if words in cost.words] == [grade]
    assert Change.from_json(change.as_json()).costs == change.costs


def test_another_health_path_costs_nothing_while_nothing_is_live():
    assert changes_after({"health_path": "/up"}, backends=())["backend_set.api"].costs == ()


def test_what_is_kept_longer_costs_nothing():
    assert changes_after({"exports_days": 400})["lifecycle.exports"].costs == ()


def test_a_new_password_says_that_it_locks_the_product_out():
    observed, remembered = built(wanted())
    part = observed["db_system"]
    wire = {**part.wire, "login": "ocid1.secret@1"}
    observed = {**observed, "db_system": replace(part, wire=wire)}
    changes = {change.key: change for change in plan(wanted(), observed, remembered)}
    (cost,) = changes["db_system"].costs
    assert cost.grade == OUTAGE and "DATABASE_URL" in cost.words


def test_recreating_what_holds_data_is_a_loss_in_red():
    observed, remembered = built(wanted())
    log = next(
        want for want in wanted() if want.kind == "log" and set(want.fields) - KINDS["log"].in_place
    )
    fixed = min(set(log.fields) - KINDS["log"].in_place)
    wire = {**observed[log.key].wire, fixed: "another"}
    observed = {**observed, log.key: replace(observed[log.key], wire=wire)}
    changes = {change.key: change for change in plan(wanted(), observed, remembered)}
    change = changes[log.key]
    assert change.action == "replace"
    assert [(cost.grade, cost.words) for cost in change.costs] == [(LOSS, "Its entries are lost.")]


def test_a_heavy_plan_is_applied_only_with_the_name(plan_with_loss, cast):
    with pytest.raises(Invalid, match="takes the product down or loses data"):
        carry_out(plan_with_loss, cast.admin, digest=plan_with_loss.digest)
    job = carry_out(plan_with_loss, cast.admin, digest=plan_with_loss.digest, environment="dev")
    assert job.kind == "environments.apply"


@pytest.fixture
def plan_with_loss(plan, cast):
    first, *others = plan.changes
    costs = [{"grade": LOSS, "words": "All is lost."}]
    Plan.objects.filter(pk=plan.pk).update(changes=[{**first, "costs": costs}, *others])
    return Plan.objects.get(pk=plan.pk)


def test_the_pages_show_the_cost_in_red_and_ask_for_the_name(plan_with_loss, client, cast):
    sign_in(client, cast.admin)
    page = plan_with_loss.get_absolute_url()
    assert '<p class="p-note is-bad">All is lost.</p>' in client.get(page).text
    assert "takes the product down or loses data" in client.get(f"{page}apply/").text
    answer = client.post(f"{page}apply/", {"environment": "prod"})
    assert answer.status_code == 400 and "type dev to confirm" in answer.text


def test_the_command_line_asks_for_the_name_too(plan_with_loss, cast, monkeypatch, capsys):
    with pytest.raises(CommandError, match="takes the product down or loses data"):
        call_command("apply", str(plan_with_loss.pk))
    assert Plan.objects.get(pk=plan_with_loss.pk).state == "open"
