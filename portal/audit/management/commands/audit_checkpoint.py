"""Seal the audit trail and sign a checkpoint now."""

import json

from django.core.management.base import BaseCommand, CommandError

from portal.audit.checkpoint import as_dict, checkpoint_now
from portal.audit.seal import seal_once
from portal.lib.refusal import Refused


class Command(BaseCommand):
    """Prints the signed head, which is what an auditor keeps."""

    help = (
        "Seal every committed row, sign a checkpoint that covers them and print it as one JSON "
        "line."
    )

    def handle(self, *args: object, **options: object) -> None:
        seal_once()
        try:
            head = checkpoint_now()
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(as_dict(head)))
