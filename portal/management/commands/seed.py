"""Put in what a new portal starts with; a second run changes nothing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

SEEDS = ("environments.seed.seed_environments",)


class Command(BaseCommand):
    """`manage.py seed`: the environments, their smoke tests, the runbooks."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --migrate, which saves a second start of Django."""
        parser.add_argument("--migrate", action="store_true", help="bring the database schema up to date first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed every app in turn."""
        if options["migrate"]:
            call_command("migrate", verbosity=0, interactive=False)
        for seed in SEEDS:
            import_string(seed)()
            self.stdout.write(f"{seed}: done")
