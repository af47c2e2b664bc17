"""Freezes changes: of one environment, or of the whole portal."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.acts.command_line import operator, report_refusals
from portal.jobs.models import ChangeFreeze
from portal.jobs.models.change_freeze import NEXT_STEP
from portal.lib.refusal import Refused


class Command(BaseCommand):
    """`manage.py freeze [ENV] --reason TEXT`, and `--lift` to let changes go on."""

    help = "Let no job change anything in OCI from now on; --lift lets them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is frozen and why."""
        parser.add_argument("environment", nargs="?", default="", help="dev, stage; all by default")
        parser.add_argument("--reason", required=True, help="for those who read it at 3 am")
        parser.add_argument("--lift", action="store_true", help="let changes go on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin the freeze or lift it."""
        environment, reason = options["environment"], options["reason"].strip()[:500]
        with report_refusals("freeze"):
            if not options["lift"]:
                frozen = ChangeFreeze.objects.begin(environment, actor=operator(), reason=reason)
                self.stdout.write(f"{frozen.words} {NEXT_STEP}")
                return
            found = ChangeFreeze.objects.filter(environment=environment, lifted_at=None).first()
            if found is None:
                raise Refused(
                    f"There is no change freeze of {environment or 'the whole portal'}.",
                    next_step="The admin lists them under Change freezes.",
                )
            found.lift(actor=operator(), reason=reason)
            self.stdout.write(f"Changes of {found.place} go on.")
