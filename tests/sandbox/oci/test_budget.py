"""Budgets: kept in the root, one for a compartment, with alert rules that go with them."""

import oci
import pytest


@pytest.fixture
def budgets(clients):
    return clients.make(oci.budget.BudgetClient)


@pytest.fixture
def details(estate):
    def make(**more):
        root = estate.clients.simulator.config["tenancy"]
        made = {
            "compartmentId": root,
            "amount": 100,
            "resetPeriod": "MONTHLY",
            "targetType": "COMPARTMENT",
        }
        return {**made, "targets": [estate.compartment], **more}

    return make


RULE = {
    "type": "ACTUAL",
    "threshold": 50,
    "thresholdType": "PERCENTAGE",
    "recipients": "a@example.com, b@example.com",
}


def test_it_is_made_read_listed_changed_and_deleted(budgets, details, estate, refusal):
    made = budgets.create_budget(details(displayName="conceptlens-dev")).data
    assert (made.lifecycle_state, made.alert_rule_count, made.version) == ("ACTIVE", 0, 1)
    assert made.target_compartment_id == estate.compartment
    for kind in ("ALL", "COMPARTMENT"):
        assert [
            one.id for one in budgets.list_budgets(made.compartment_id, target_type=kind).data
        ] == [made.id]
    assert budgets.list_budgets(made.compartment_id, target_type="TAG").data == []
    changed = budgets.update_budget(made.id, {"amount": 200}).data
    assert (changed.amount, changed.version) == (200, 2)
    budgets.delete_budget(made.id)
    assert refusal(budgets.get_budget, made.id)[0] == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"targets": []},
        {"targets": ["a", "b"]},
        {"amount": 0},
        {"amount": 1.5},
        {"resetPeriod": "DAILY"},
        {"displayName": "with blanks"},
        {"displayName": "1st"},
    ],
)
def test_what_oracle_rules_out_is_refused(budgets, details, refusal, wrong):
    assert refusal(budgets.create_budget, details(**wrong))[0] == 400


def test_it_stands_in_the_root_and_a_compartment_has_one_at_most(budgets, details, estate, refusal):
    assert refusal(budgets.create_budget, details(compartmentId=estate.compartment)) == (
        400,
        "InvalidParameter",
    )
    budgets.create_budget(details())
    assert refusal(budgets.create_budget, details(displayName="second"))[0] == 409


def test_what_it_does_not_know_is_said(budgets, details, refusal):
    assert refusal(budgets.create_budget, details(targetType="TAG", targets=["a.b.c"]))[0] == 501
    assert refusal(budgets.create_budget, details(processingPeriodType="SINGLE_USE"))[0] == 501


def test_alert_rules_belong_to_their_budget_and_go_with_it(budgets, details, refusal):
    budget = budgets.create_budget(details()).data
    rule = budgets.create_alert_rule(budget.id, RULE).data
    assert (rule.budget_id, rule.lifecycle_state, rule.recipients) == (
        budget.id,
        "ACTIVE",
        RULE["recipients"],
    )
    assert [one.id for one in budgets.list_alert_rules(budget.id).data] == [rule.id]
    assert budgets.get_budget(budget.id).data.alert_rule_count == 1
    assert budgets.update_alert_rule(budget.id, rule.id, {"threshold": 75.5}).data.threshold == 75.5
    budgets.delete_budget(budget.id)
    assert refusal(budgets.get_alert_rule, budget.id, rule.id)[0] == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0},
        {"threshold": 10_001},
        {"threshold": 1.234},
        {"recipients": "nobody"},
        {"message": "x" * 1001},
    ],
)
def test_a_rule_that_could_never_alert_is_refused(budgets, details, refusal, wrong):
    budget = budgets.create_budget(details()).data
    assert refusal(budgets.create_alert_rule, budget.id, {**RULE, **wrong})[0] == 400
    rule = budgets.create_alert_rule(budget.id, RULE).data
    assert refusal(budgets.update_alert_rule, budget.id, rule.id, wrong)[0] == 400
