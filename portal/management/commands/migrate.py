"""Migrate as the owner role: the runtime role cannot change the schema."""

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as MigrateCommand


class Command(MigrateCommand):
    """Django's `migrate`, on the `owner` alias unless told otherwise."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's arguments with our default alias."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
