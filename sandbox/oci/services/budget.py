"""Budgets: monthly amounts for compartments, alert rules with recipients; nobody spends anything
here, so none ever alerts.
"""

from __future__ import annotations

import re

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.engine import Engine
from sandbox.oci.service import Body, Kind, Life, Service
from sandbox.oci.store import Record

MOST_PERCENT, MOST_ABSOLUTE = 10_000, 10**12
BETWEEN = re.compile(r"[,;\s]+")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
NAME = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]*")
LONGEST_MESSAGE = 1000
_LIFE = Life(start="", ready="ACTIVE", ending="", gone="", resting=("INACTIVE",))


def _budget_made(call: Call, record: Record) -> None:
    body = record.body
    if body["compartmentId"] != call.engine.tenancy:
        raise errors.invalid("A budget is made in the root compartment, whatever it targets.")
    if old := body.pop("targetCompartmentId", None):  # deprecated; shown again by `present`
        body.setdefault("targets", [old])
    body.setdefault("targetType", "COMPARTMENT")
    if body["targetType"] != "COMPARTMENT":
        raise errors.not_implemented("Budgets for tags are not simulated.")
    if len(body.get("targets") or []) != 1:
        raise errors.invalid("targets must hold exactly one compartment.")
    call.find("identity.Compartment", body["targets"][0])
    _check_budget(body)
    body |= {"version": 1, "timeUpdated": body["timeCreated"]}


def _budget_changed(call: Call, record: Record, changes: Body) -> None:
    _check_budget(changes)
    record.body["version"] += 1


def _check_budget(body: Body) -> None:
    if body.get("processingPeriodType") == "SINGLE_USE":
        raise errors.not_implemented("Budgets for a single period are not simulated.")
    if body.get("displayName") is not None and not NAME.fullmatch(body["displayName"]):
        raise errors.invalid(
            "displayName takes letters, digits, dashes and underscores, no digit first."
        )
    amount = body.get("amount")
    if amount is not None and (amount <= 0 or amount % 1):
        raise errors.invalid("amount must be a whole number above 0.")


def _rule_made(call: Call, record: Record) -> None:
    call.find("Budget", record.body["budgetId"])
    record.body.setdefault("recipients", "")
    _check_rule(record.body)
    record.body |= {"version": 1, "timeUpdated": record.body["timeCreated"]}


def _rule_changed(call: Call, record: Record, changes: Body) -> None:
    _check_rule({**record.body, **changes})
    record.body["version"] += 1


def _check_rule(body: Body) -> None:
    threshold, most = (
        body["threshold"],
        MOST_PERCENT if body["thresholdType"] == "PERCENTAGE" else MOST_ABSOLUTE,
    )
    if not 0 < threshold <= most or round(threshold, 2) != threshold:
        raise errors.invalid(
            f"threshold must be above 0, at most {most}, with at most two digits after the point."
        )
    if len(body.get("message") or "") > LONGEST_MESSAGE:
        raise errors.invalid(f"message must have at most {LONGEST_MESSAGE} characters.")
    wrong = [
        one
        for one in BETWEEN.split(body.get("recipients") or "")
        if one and not ADDRESS.fullmatch(one)
    ]
    if wrong:
        raise errors.invalid(f"recipients: {wrong[0]} is no mail address.")


def _present(engine: Engine, record: Record) -> Body:
    rules = [
        rule
        for rule in engine.store.living("budget.AlertRule")
        if rule.body["budgetId"] == record.id
    ]
    return {"alertRuleCount": len(rules), "targetCompartmentId": record.body["targets"][0]}


SERVICE = Service(
    name="budget",
    clients=("BudgetClient",),
    kinds=(
        Kind(
            name="Budget",
            word="budget",
            life=_LIFE,
            regional=False,
            unique=(
                "targetType",
                "targets",
            ),  # "You can't create a budget in a compartment that already has a budget"
            children=("AlertRule",),
            filters={
                "targetType": lambda record, value: value in ("ALL", record.body["targetType"])
            },
            before_create=_budget_made,
            before_update=_budget_changed,
            present=_present,
        ),
        Kind(
            name="AlertRule",
            word="budgetalertrule",
            life=_LIFE,
            regional=False,
            parent="budgetId",
            references={"budgetId": "Budget"},
            before_create=_rule_made,
            before_update=_rule_changed,
        ),
    ),
)
