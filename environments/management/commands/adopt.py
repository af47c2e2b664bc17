"""Match what was built by hand with what an environment wants, and let a plan adopt it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from environments.adoption.choose import choose, suggested
from environments.adoption.discover import discover_for
from environments.models import Discovery, Environment
from environments.reconcile.planning import make_plan
from portal.acts.command_line import operator, report_refusals
from portal.lib.refusal import Invalid


class Command(BaseCommand):
    """`manage.py adopt ENV`: shows what was found; with --yes keeps the choices, takes
    settings over and makes the plan.
    """

    help = (
        "Discover an environment that was built by hand. Without --yes nothing is stored; "
        "OCI is changed by applying the plan."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the environment and the choices."""
        parser.add_argument("environment", help="dev, stage, prod")
        parser.add_argument(
            "--choose", nargs="*", default=[], metavar="KEY=OCID", help="what is called otherwise"
        )
        parser.add_argument(
            "--keep-settings",
            action="store_true",
            help="do not accept settings from what is found",
        )
        parser.add_argument(
            "--yes", action="store_true", help="store the choices and make the plan"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, print, and go on when told to."""
        with report_refusals("adopt"):
            environment = Environment.objects.named(options["environment"])
            choices = dict(_pair(text) for text in options["choose"])
            found = discover_for(environment, choices=choices)
            if found.problem:
                raise CommandError(found.problem, returncode=1)
            self.stdout.write("\n".join(lines(found)))
            if options["yes"]:
                self._go_on(
                    environment, {**suggested(found), **choices}, take=not options["keep_settings"]
                )

    def _go_on(self, environment: Environment, choices: dict[str, str], *, take: bool) -> None:
        choose(environment, choices, settings=take, actor=operator())
        environment.refresh_from_db()
        plan = make_plan(environment, actor=operator())
        counts = ", ".join(f"{count} {action}" for action, count in plan.counts.items())
        page = f"{settings.PORTAL_URL}{plan.get_absolute_url()}"
        self.stdout.write(
            f"Plan {plan.pk}: {counts}. Apply it: manage.py apply {plan.pk}, or {page}"
        )


def lines(found: Discovery) -> list[str]:
    """Return what was found as text."""
    out = [f"{found.environment}: {found.summary}"]
    for one in found.proposals:
        said = f"{one['ocid'] or '-'} {one['words']} {one['blocked']}"
        out.append(f"  {one['standing']:8}{one['key']:28}{said}".rstrip())
        out += [f"          takes away: {words}" for words in one["takes_away"]]
        if one["standing"] == "open":
            out += [
                f"          could be {other['name']}: --choose {one['key']}={other['ocid']}"
                for other in one["candidates"]
            ]
    return [*out, *(f"  setting {name} = {value!r}" for name, value in found.settings.items())]


def _pair(text: str) -> tuple[str, str]:
    key, equals, ocid = text.partition("=")
    if not equals or not key:
        raise Invalid(
            f"--choose is {text!r}: it takes KEY=OCID.",
            next_step="The keys are those that the command prints.",
        )
    return key, ocid
