"""The clock of the database, by which leases and timers are measured."""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class DatabaseNow(Func):
    """The present moment in a statement; unlike now() it moves within a transaction."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


def database_now() -> datetime:
    """Ask the database what time it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment
