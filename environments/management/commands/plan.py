"""Compare an environment with OCI and print the plan."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from environments.models import Environment, Plan
from environments.reconcile.change import TAKES_AWAY
from environments.reconcile.planning import make_plan
from portal.acts.command_line import operator, report_refusals

SIGNS = {
    "create": "+",
    "update": "~",
    TAKES_AWAY: "−",
    "replace": "±",
    "adopt": "^",
    "refuse": "!",
    "blocked": "!",
    "attention": "!",
}


class Command(BaseCommand):
    """`manage.py plan ENV`: changes nothing; exit 2 when the input cannot be used."""

    help = "Compare an environment's settings with OCI, keep and print the plan. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the environment."""
        parser.add_argument("environment", help="dev, stage, prod")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the plan and print it."""
        with report_refusals("plan"):
            made = make_plan(Environment.objects.named(options["environment"]), actor=operator())
            self.stdout.write("\n".join(lines(made)))


def lines(plan: Plan) -> list[str]:
    """Return the plan as text, one change a paragraph."""
    out = [f"Plan {plan.pk} of {plan.environment.slug}  {plan.digest}"]
    for change in plan.with_action(*SIGNS):
        action, what = change.action, f"{change.key} ({change.kind} {change.name})"
        out.append(f"  {SIGNS[action]} {action:7} {what}: {change.reason}")
        out += [f"        ! {cost.grade}: {cost.words}" for cost in change.costs]
        out += [
            f"        {value.path}: {value.have or '(new)'} -> {value.want or '(gone)'}"
            for value in change.values
        ]
    out += [f"Note: {note}" for note in plan.notes]
    return [
        *out,
        _cost(plan),
        ", ".join(f"{count} {action}" for action, count in plan.counts.items()),
        _next_step(plan),
    ]


def _cost(plan: Plan) -> str:
    unknown = sum(len(item["keys"]) for item in plan.cost["unknown"])
    more = f"; of {unknown} resources it is not known" if unknown else ""
    amount, day = f"{plan.cost['sum']} {plan.cost['currency']}", plan.cost["date"]
    return f"Cost: {amount} a month (list prices of {day}){more}"


def _next_step(plan: Plan) -> str:
    if plan.is_empty:
        return "Nothing to do."
    if not plan.has_work:
        return "There is nothing to apply before that is cleared up."
    page = f"{settings.PORTAL_URL}{plan.get_absolute_url()}"
    ticks = f" --takes-away {' '.join(plan.keys_to_tick)}" if plan.keys_to_tick else ""
    apply = f"manage.py apply {plan.pk}{ticks}"
    return f"Usually takes {plan.estimate_seconds} s. Apply it: {apply}, or {page}"
