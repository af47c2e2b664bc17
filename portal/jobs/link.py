"""This thread's link to the database, after an error."""

from django.db import connection


def mend() -> None:
    """Close the connection if it broke, so that the next statement opens a new one."""
    if connection.errors_occurred and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
