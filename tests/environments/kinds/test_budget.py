"""The budget: none unless asked for, kept in the root, told to the same people in whatever
order.
"""

from environments.blueprint.infer import infer_settings
from environments.kinds import KINDS
from environments.reconcile.teardown import in_reverse, teardown
from environments.settings.schema import SETTINGS
from tests.environments.build import built, spec, wanted
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site

PEOPLE = ["owner@example.com", "team@example.com"]
SETTINGS_OF_IT = {"budget_per_month": 500, "budget_recipients": PEOPLE}
KEYS = ["budget", "budget_alert.50", "budget_alert.75", "budget_alert.90"]


def later(site, **changes):
    other = Site(*KEYS, also={**SETTINGS_OF_IT, **changes})
    other.remembered, other.results = site.remembered, site.results
    return other


def test_there_is_none_unless_an_amount_is_set():
    assert not [want for want in wanted() if want.kind.startswith("budget")]
    assert [
        want.key for want in wanted(settings=SETTINGS_OF_IT) if want.kind.startswith("budget")
    ] == KEYS
    assert {SETTINGS["budget_per_month"].for_position(position) for position in (1, 2, 3)} == {0}


def test_it_stands_in_the_root_and_watches_the_compartment(simulator):
    site = Site(*KEYS, also=SETTINGS_OF_IT)
    assert site.apply() == {}
    budget = site.found("budget").wire
    assert (budget["compartmentId"], budget["targets"]) == (
        site.client.tenancy,
        [site.results["compartment"]["ocid"]],
    )
    rules = site.client.pages("budget", "list_alert_rules", budget["id"])
    assert sorted((rule["threshold"], rule["type"], rule["recipients"]) for rule in rules) == [
        (percent, "ACTUAL", "owner@example.com,team@example.com") for percent in (50, 75, 90)
    ]


def test_another_amount_and_other_people_are_changed_in_place(simulator):
    site = Site(*KEYS, also=SETTINGS_OF_IT)
    site.apply()
    other = later(site, budget_per_month=700, budget_recipients=["new@example.com"])
    alerts = [key for key in KEYS if key != "budget"]
    actions = {"budget": "update"} | dict.fromkeys(alerts, "takes away")
    assert {key: change.action for key, change in other.plan().items()} == actions
    assert other.apply() == {}
    assert later(site, budget_per_month=700, budget_recipients=["new@example.com"]).plan() == {}


def test_the_same_people_written_otherwise_are_no_difference(simulator):
    site = Site(*KEYS, also=SETTINGS_OF_IT)
    site.apply()
    place = (site.results["budget"]["ocid"], site.results["budget_alert.50"]["ocid"])
    site.client.change(
        "budget", "update_alert_rule", *place, {"recipients": "team@example.com; owner@example.com"}
    )
    assert site.plan() == {}
    assert later(site, budget_recipients=PEOPLE[::-1]).plan() == {}


def test_a_budget_that_somebody_else_has_for_the_compartment_is_refused_by_whatever_name(simulator):
    site = Site("budget", also=SETTINGS_OF_IT)
    Site("compartment").apply()
    place = {
        "compartmentId": site.client.tenancy,
        "targetType": "COMPARTMENT",
        "targets": [site.found("compartment").ocid],
    }
    site.client.change(
        "budget",
        "create_budget",
        {**place, "displayName": "theirs", "amount": 1, "resetPeriod": "MONTHLY"},
    )
    change = site.plan()["budget"]
    assert change.action == "refuse"
    assert "OCI takes no second one" in change.reason


def test_what_another_compartment_has_under_its_name_is_refused_with_the_way_on(simulator):
    site = Site("budget", also=SETTINGS_OF_IT)
    site.apply()
    other = site.client.change(
        "identity",
        "create_compartment",
        {"compartmentId": site.client.tenancy, "name": "other", "description": "other"},
    ).data
    KINDS["budget"].delete(DirectWriter(site), site.found("budget"))
    want = site.want("budget").resolved(
        lambda key, fact: other["id"] if key == "compartment" else site.client.tenancy
    )
    site.client.change("budget", "create_budget", {**want.place, **want.fields})
    change = site.plan()["budget"]
    assert (change.action, "Delete the budget in the OCI console" in change.reason) == (
        "refuse",
        True,
    )


def test_it_goes_with_its_alerts(simulator):
    site = Site(*KEYS, also=SETTINGS_OF_IT)
    site.apply()
    KINDS["budget"].delete(DirectWriter(site), site.found("budget"))
    assert {key: change.action for key, change in site.plan().items()} == dict.fromkeys(
        KEYS, "create"
    )
    assert site.apply() == {}


def test_taking_the_environment_down_deletes_the_alerts_before_their_budget():
    blueprint = wanted(settings=SETTINGS_OF_IT)
    removals = {
        removal.want.key: removal
        for removal in teardown(blueprint, built(blueprint)[0], {}, empty=False)
    }
    assert {removals[key].action for key in KEYS} == {"delete"}
    assert sorted(in_reverse(list(removals.values()))["budget"]) == KEYS[1:]


def test_an_amount_that_somebody_raised_can_be_taken_over():
    asked = spec(settings=SETTINGS_OF_IT)
    assert infer_settings(asked, "budget", "amount", 900).settings == {"budget_per_month": 900}
