"""Look for drift in an environment and print it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from environments.drift.detect import detect
from environments.models import DRIFT, DriftItem, DriftKind, Environment
from portal.acts.command_line import report_refusals
from portal.lib.refusal import Refused

SIGNS = {
    DriftKind.CHANGED: "~",
    DriftKind.MISSING: "-",
    DriftKind.BLOCKED: "!",
    DriftKind.PENDING: "…",
    DriftKind.UNMANAGED: "?",
}


class Command(BaseCommand):
    """`manage.py drift ENV`: exit 0 when there is none, 1 when there is, 2 for bad use, 3
    when OCI could not be compared.
    """

    help = "Compare an environment with OCI and print what differs, since when, and who did it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the environment."""
        parser.add_argument("environment", help="dev, stage, prod")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and print every difference."""
        with report_refusals("drift"):
            environment = Environment.objects.named(options["environment"])
            if not environment.compartment_ocid:
                next_step = f"Plan and apply it first: manage.py plan {environment}."
                raise Refused(
                    f"{environment} was never applied: there is nothing to compare.",
                    next_step=next_step,
                )
            report = detect(environment)
        if report.problem:
            raise CommandError(f"OCI could not be compared: {report.problem}", returncode=3)
        rows = list(environment.drift_items.open())
        self.stdout.write(
            "\n".join(line for row in rows for line in lines(row))
            or f"{environment}: OCI matches the settings."
        )
        count = sum(row.sort in DRIFT for row in rows)
        if count:
            page = f"{settings.PORTAL_URL}{reverse('drift', args=[environment.slug])}"
            raise CommandError(
                f"{count} difference{'s' if count > 1 else ''} in OCI: {page}", returncode=1
            )


def lines(row: DriftItem) -> list[str]:
    """Return a difference as text."""
    what = (
        f"{row.key} ({row.kind} {row.name})"
        if row.sort != DriftKind.UNMANAGED
        else f"{row.kind} {row.name} ({row.ocid})"
    )
    said = f"{row.field}: {row.desired!r} desired, {row.found!r} found" if row.field else row.reason
    out = [f"{SIGNS[DriftKind(row.sort)]} {row.get_sort_display():12}{what}: {said}"]
    who = (
        f"{row.who} ({row.origin.get('operation', '')} at {row.origin.get('at', '')[:19]})"
        if row.who
        else "unknown"
    )
    if row.sort in DRIFT:
        out.append(f"      since {row.first_seen:%Y-%m-%d %H:%M} UTC, by {who}")
    if row.settings:
        out.append(f"      would be the settings {row.settings!r}")
    return out
