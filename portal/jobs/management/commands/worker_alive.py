"""Says whether this machine's worker lives, for an orchestrator's health check."""

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.jobs.models import Worker
from portal.jobs.models.clock import database_now
from portal.jobs.models.worker import SEEN_WITHIN


class Command(BaseCommand):
    help = "Exit 0 when a worker of this host name was seen lately, else 1."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at the heartbeats."""
        host = socket.gethostname()
        seen = [one.swept_at for one in Worker.objects.filter(name__contains=host)]
        if not seen:
            raise CommandError(f"No worker of {host} has ever reported.")
        age = database_now() - max(seen)
        if age > SEEN_WITHIN:
            raise CommandError(f"The worker of {host} was last seen {age.seconds} s ago.")
        self.stdout.write(f"The worker of {host} lives.")
