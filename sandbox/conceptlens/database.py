"""DATABASE_URL as the product reads it.

It hands `postgresql://` to asyncpg by SQLAlchemy, without `sslmode` and `channel_binding`. SQLite
is the stub's own addition, for where no database is at hand.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

PORT = 5432
DIALECTS = ("postgresql", "postgresql+asyncpg", "sqlite")
DROPPED = ("sslmode", "channel_binding")
#: what asyncpg.connect takes besides; SQLAlchemy hands over every other parameter, too
OPTIONS = ("command_timeout", "server_settings", "ssl", "statement_cache_size", "timeout")
# how SQLAlchemy 2.0 takes an address apart (engine/url.py): an @ in a password ends it
_ADDRESS = re.compile(
    r"(?P<scheme>[\w+]+)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:(?:\[(?P<ipv6>[^/?]+)\]|(?P<host>[^/:?]+))?(?::(?P<port>[^/?]*))?)?"
    r"(?:/(?P<database>[^?]*))?"
    r"(?:\?(?P<query>.*))?",
    re.DOTALL,
)


class Unusable(Exception):
    """The product cannot start with this address; says so in SQLAlchemy's words."""


@dataclass(frozen=True)
class Address:
    """An address taken apart; `file` is that of SQLite, with "" for memory."""

    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int = PORT
    name: str = ""
    options: tuple[str, ...] = ()
    file: str | None = None


def parse(url: str) -> Address:
    """Read an address as SQLAlchemy does."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise Unusable(
            "sqlalchemy.exc.ArgumentError: Could not parse SQLAlchemy URL from given URL string"
        )
    scheme = found["scheme"]
    if scheme not in DIALECTS:
        name = scheme.replace("+", ".")
        raise Unusable(
            f"sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:{name}"
        )
    if scheme == "sqlite":
        return Address(file=(found["database"] or "").removeprefix(":memory:"))
    query = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
    try:
        port = int(found["port"]) if found["port"] else PORT
    except ValueError:
        words = f"ValueError: invalid literal for int() with base 10: {found['port']!r}"
        raise Unusable(words) from None
    return Address(
        user=unquote(found["user"] or ""),
        password=unquote(found["password"] or ""),
        host=found["ipv6"] or found["host"] or "",
        port=port,
        name=found["database"] or "",
        options=tuple(name for name in query if name not in DROPPED),
    )


def connect_sqlite(address: Address) -> sqlite3.Connection:
    """Open a file of SQLite."""
    return sqlite3.connect(
        address.file or ":memory:", timeout=10, isolation_level=None, check_same_thread=False
    )
