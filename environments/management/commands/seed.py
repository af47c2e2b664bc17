"""Put in what a new portal starts with; a second run changes nothing."""

from collections.abc import Sequence
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from environments.seed import seed_environments


class Command(BaseCommand):
    """`manage.py seed`: the environments, their smoke tests, the runbooks."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --migrate, which saves a second start of Django."""
        parser.add_argument(
            "--migrate", action="store_true", help="bring the database schema up to date first"
        )
        parser.add_argument(
            "--approvals",
            nargs="*",
            default=[],
            metavar="ENV=COUNT",
            help="needed per environment, other than 0, 1 and 2",
        )
        parser.add_argument(
            "--bake-minutes",
            nargs="*",
            default=[],
            metavar="ENV=MINUTES",
            help="before a release may go up, other than 0 and 30",
        )
        parser.add_argument(
            "--listener-ports",
            nargs="*",
            default=[],
            metavar="ENV=PORT",
            help="of load balancers yet to be described",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed every app in turn."""
        if options["migrate"]:
            call_command("migrate", verbosity=0, interactive=False)
        ports, approvals = _numbers(options["listener_ports"]), _numbers(options["approvals"])
        environments = seed_environments(
            ports, approvals=approvals, bake_minutes=_numbers(options["bake_minutes"])
        )
        self.stdout.write(
            f"Environments: {', '.join(environment.slug for environment in environments)}."
        )


def _numbers(pairs: Sequence[str]) -> dict[str, int]:
    return {slug: int(number) for slug, number in (pair.split("=", 1) for pair in pairs)}
