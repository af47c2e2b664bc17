"""Apply a plan and follow the job."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from environments.acts import check_name, check_ticks
from environments.models import Plan
from environments.reconcile.apply import apply
from portal.acts.command_line import operator, report_refusals
from portal.jobs.models import Job
from portal.lib.refusal import Missing

WAITING_FOR_PEOPLE = {"needs_operator"}


class Command(BaseCommand):
    """`manage.py apply PLAN_ID`: exit 0 when everything was made, 1 when the job ended
    otherwise, 2 when it was refused.
    """

    help = "Apply an existing plan and follow the job to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the plan's number."""
        parser.add_argument(
            "plan", type=int, help="number of the plan, as `manage.py plan` prints it"
        )
        parser.add_argument(
            "--confirm",
            default="",
            metavar="ENV",
            help="the environment, where its page asks for the name too",
        )
        parser.add_argument(
            "--takes-away",
            nargs="*",
            default=[],
            metavar="KEY",
            help="each change that takes something away, as `manage.py plan` marks it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the job, print each step as it ends."""
        with report_refusals("apply"):
            plan = Plan.objects.filter(pk=options["plan"]).first()
            if plan is None:
                raise Missing(
                    f"There is no plan {options['plan']}.",
                    next_step="Make one with: manage.py plan ENV.",
                )
            check_name(plan, options["confirm"], field="--confirm")
            check_ticks(plan, options["takes_away"], field="--takes-away")
            job = apply(plan, actor=operator())
        self.stdout.write(f"{job.title}: {settings.PORTAL_URL}{job.get_absolute_url()}")
        state = self.follow(job)
        if state != "succeeded":
            job.refresh_from_db()
            raise CommandError(
                f"The job is {state}: {job.at_step}: {job.reason} {job.next_step}".strip(),
                returncode=1,
            )

    def follow(self, job: Job) -> str:
        """Print steps as they end until the job is over; the work is done by the workers, not
        here.
        """
        told_of: set[str] = set()
        while True:
            job.refresh_from_db()
            for step in (
                job.step_rows.exclude(ended_at=None).exclude(name__in=told_of).order_by("ended_at")
            ):
                told_of.add(step.name)
                self.stdout.write(f"  {step.state:8}{step.label}")
            if job.over or job.state in WAITING_FOR_PEOPLE:
                return str(job.state)
            time.sleep(0.3)
