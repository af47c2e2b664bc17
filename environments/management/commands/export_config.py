"""Write an environment's configuration to a folder."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from environments.export.folder import MANIFEST, export_files
from environments.models import Environment
from portal.acts.command_line import operator, report_refusals
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.refusal import Invalid


class Command(BaseCommand):
    """`manage.py export_config ENV DIR`: Terraform JSON and what belongs to it; exit 2 when
    the input cannot be used.
    """

    help = (
        "Write an environment's configuration as Terraform JSON with import blocks, "
        "from the database alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the environment and the folder."""
        parser.add_argument("environment", help="dev, stage, prod")
        parser.add_argument(
            "folder", type=Path, help="an empty folder, a new one, or that of an earlier export"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the files and say how many."""
        with report_refusals("export_config"):
            environment, folder = (
                Environment.objects.named(options["environment"]),
                options["folder"],
            )
            contents = export_files(environment)
            write(folder, contents)
            act, detail = environment.act(Verb.CONFIG_EXPORTED), {"files": len(contents)}
            audit(act, actor=operator(), detail=detail)
            self.stdout.write(f"{len(contents)} files in {folder}; start with README.md.")


def write(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the files, and remove those of an earlier export that are none any more."""
    if folder.exists() and not folder.is_dir():
        raise Invalid(f"{folder} is a file.", next_step="Name a folder.")
    earlier = _earlier(folder)
    if folder.is_dir() and any(folder.iterdir()) and not earlier:
        raise Invalid(
            f"{folder} holds other files.",
            next_step="Name an empty folder, or that of an earlier export.",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in earlier - contents.keys():
            (folder / name).unlink(missing_ok=True)
        for name, content in contents.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise Invalid(
            f"{folder} cannot be written: {error.strerror}.",
            next_step="Name a folder that you may write.",
        ) from error


def _earlier(folder: Path) -> set[str]:
    """Return the names in an earlier export; none that lead out of the folder."""
    try:
        names = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return set()
    inside = folder.resolve()
    return {
        str(name) for name in names if (inside / str(name)).resolve().is_relative_to(inside)
    } | {MANIFEST}
