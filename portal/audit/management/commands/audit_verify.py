"""Verify the audit trail in the database, as an auditor would its export."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import verifier
from portal.audit.checkpoint import sealed, write_heads
from portal.audit.export import Selection, csv


class Command(BaseCommand):
    """Exports every sealed row with every checkpoint and runs the offline verifier over them."""

    help = (
        "Verify every row of the audit trail against every signed checkpoint, and against heads "
        "that an auditor kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        kept = "file with signed heads kept outside the database"
        parser.add_argument("--head", action="append", default=[], help=kept)
        parser.add_argument("--key", help="public key to pin: text or file")

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory(prefix="audit-verify-") as folder:
            export, heads = Path(folder, "export.csv"), Path(folder, "heads.ndjson")
            with heads.open("w") as file:
                write_heads(file)
            with export.open("wb") as rows:
                # as csv, because its columns are compared with the events as well
                rows.writelines(csv(Selection(upto=sealed())))
            try:
                key = verifier.read_key(options["key"]) if options["key"] else None
                said = verifier.verify(str(export), [str(heads), *options["head"]], key)
            except (verifier.Bad, OSError, ValueError, KeyError) as error:
                raise CommandError(f"The audit trail is not what was signed: {error}") from error
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS(said))
