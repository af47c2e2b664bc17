"""What the page of a plan shows, from the plan's row alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from environments.certificates.status import https_status
from environments.kinds import GROUPS
from environments.models import Plan
from environments.reconcile.change import REFUSED, WORK, Change
from environments.reconcile.graph_layout import Box, Drawing, layered, listed
from portal.accounts.models import User
from portal.jobs.models import Job

LONGEST = 24  # characters of a key that a box of the layered drawing holds


def plan_context(plan: Plan, user: User) -> dict[str, Any]:
    """Return the context of a plan's page and of its confirmations."""
    changes = plan.with_action(*WORK, *REFUSED, "attention")
    mine = plan.can_carry_out(user)
    approvals = list(plan.approvals.select_related("approver")) if plan.needed else []
    missing = max(plan.needed - len(approvals), 0)
    return {
        "environment": plan.environment,
        "plan": plan,
        "https": https_status(plan.environment, plan.environment.resources.all()),
        "groups": _grouped(changes),
        "graphs": drawings(changes),
        "unchanged": plan.with_action("nothing"),
        "kept": _grouped(plan.with_action("keep")),
        "job": Job.objects.filter(pk=plan.apply_job).first() if plan.apply_job else None,
        "approvals": approvals,
        "missing": missing,
        "can_apply": mine,
        "can_go": (
            mine
            and plan.state == "open"
            and plan.has_work
            and not (plan.destroys and plan.with_action("refuse"))
            and not missing
        ),
        "can_approve": (
            plan.can_approve(user)
            and user.pk not in {approval.approver_id for approval in approvals}
        ),
        "refused": plan.with_action(*REFUSED),
        "attention": plan.with_action("attention"),
        "not_priced": sum(len(item["keys"]) for item in plan.cost.get("unknown", [])),
    }


def drawings(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return the graph of the changes twice: in columns for a wide page, as a list with arcs
    for a phone.
    """
    rows = {change.key: change for change in changes}
    needs = {key: change.needs for key, change in rows.items()}
    if len(rows) < 2 or not any(need in rows for wanted in needs.values() for need in wanted):
        return []
    return [_nodes_of("wide", layered(needs), rows), _nodes_of("narrow", listed(needs), rows)]


def _nodes_of(form: str, drawing: Drawing, rows: Mapping[str, Change]) -> dict[str, Any]:
    return {
        "form": form,
        "drawing": drawing,
        "nodes": [_node(box, rows[box.key], rows, form) for box in drawing.boxes],
    }


def _node(box: Box, change: Change, rows: Mapping[str, Change], form: str) -> dict[str, Any]:
    after = [need for need in change.needs if need in rows]
    words = f"{change.action} {change.kind} {change.name}"
    order = f", after {', '.join(after)}" if after else ", first"
    short = box.key if form == "narrow" or len(box.key) <= LONGEST else f"{box.key[: LONGEST - 1]}…"
    return {
        "box": box,
        "change": change,
        "label": short,
        "words": f"{words}{order}; about {change.seconds} s",
    }


def _grouped(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    groups = [(group, [change for change in changes if change.group == group]) for group in GROUPS]
    return [(group, found) for group, found in groups if found]
