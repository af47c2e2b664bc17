"""Which database alias does what: `owner` migrates, `default` (the runtime role) does
everything else.
"""

from typing import Any

from django.conf import settings
from django.db import connections, transaction


class OwnerMigrates:
    """A router that allows migrations through the owner alias alone."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Say whether the alias may carry a migration."""
        return db == "owner"


def grant_runtime(*, using: str, **kwargs: Any) -> None:
    """Let the runtime role read and write rows, but only read the audit trail: that one grows
    through its function alone.
    """
    connection = connections[using]
    role = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
    with (
        transaction.atomic(using=using),
        connection.cursor() as cursor,
    ):  # no moment in which the trail could be written
        cursor.execute("SELECT current_user")
        if cursor.fetchone()[0] == settings.DATABASE_APP_ROLE:
            return  # one role does it all: `check --deploy` warns about that
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
        )
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE"
            " 'audit\\_%'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {connection.ops.quote_name(table)}"
                f" FROM {role}"
            )
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'audit\\_%' AND prosecdef AND"
            " pronamespace = 'public'::regnamespace"
        )
        for (function,) in cursor.fetchall():
            cursor.execute(
                f"GRANT EXECUTE ON FUNCTION public.{connection.ops.quote_name(function)} TO {role}"
            )
