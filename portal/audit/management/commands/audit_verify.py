"""Verify the audit trail in the database, as an auditor would its export."""

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from portal.audit import verifier
from portal.audit.checkpoint import sealed, write_heads
from portal.audit.export import Selection, csv
from portal.lib.refusal import Refused


class Command(BaseCommand):
    """Exports every sealed row with every checkpoint and runs the offline verifier over them."""

    help = (
        "Verify every row of the audit trail against every signed checkpoint, and against heads "
        "that an auditor kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        kept = "file with signed heads kept outside the database"
        parser.add_argument("--head", action="append", default=[], help=kept)
        parser.add_argument(
            "--anchors",
            action="store_true",
            help="also against the heads in the bucket that AUDIT_ANCHOR_BUCKET names",
        )
        parser.add_argument("--key", help="public key to pin: text or file")

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory(prefix="audit-verify-") as folder:
            export, heads = Path(folder, "export.csv"), Path(folder, "heads.ndjson")
            with heads.open("w") as file:
                write_heads(file)
            kept = [*options["head"], *(_anchors(folder) if options["anchors"] else [])]
            with export.open("wb") as rows:
                # as csv, because its columns are compared with the events as well
                rows.writelines(csv(Selection(upto=sealed())))
            try:
                key = verifier.read_key(options["key"]) if options["key"] else None
                said = verifier.verify(str(export), [str(heads), *kept], key)
            except (verifier.Bad, OSError, ValueError, KeyError) as error:
                raise CommandError(f"The audit trail is not what was signed: {error}") from error
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS(said))


def _anchors(folder: str) -> list[str]:
    """Write the heads of the anchors' bucket into a file, and return its name."""
    if not settings.AUDIT_ANCHOR_BUCKET:
        raise CommandError("There are no anchors: AUDIT_ANCHOR_BUCKET is empty.")
    try:
        found = import_string(settings.AUDIT_ANCHORS)()
    except Refused as error:
        raise CommandError(str(error)) from error
    if not found:
        raise CommandError("There is no anchor in the bucket yet.")
    file = Path(folder, "anchors.ndjson")
    file.write_text("".join(json.dumps(head) + "\n" for head in found))
    return [str(file)]
