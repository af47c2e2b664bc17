"""What DATABASE_URL must be for the product: SQLAlchemy 2 takes it apart, asyncpg connects.

Pure. SQLAlchemy reads `scheme://user:password@host:port/name?parameters` with its own expression,
not as a browser reads a URL; the product strips `sslmode` and `channel_binding` and hands every
other parameter to asyncpg.
"""

import re
from urllib.parse import parse_qsl, unquote

DIALECTS = ("postgresql", "postgresql+asyncpg")
STRIPPED = {"sslmode", "channel_binding"}
KNOWN = STRIPPED | {"ssl", "timeout", "command_timeout", "statement_cache_size", "server_settings"}
FORM = "is not a database URL of the form postgresql://user:password@host:5432/name"
_PARTS = re.compile(
    r"(?P<scheme>[\w+]+)://(?P<user>[^:/@]+):(?P<password>[^@]*)@(?P<rest>[^/?]*)"
    r"(?:/(?P<name>[^?]*))?(?:\?(?P<query>.*))?"
)
_HOST = re.compile(r"(?:\[[\da-fA-F:]+\]|[^:@\[\]]+)(?::(?P<port>.*))?")


def find_problem(value: str) -> str:
    """Return why the product could not use an address, in words that do not show it."""
    scheme = value.partition("://")[0]
    if scheme == "postgres":
        return "begins with postgres://, which SQLAlchemy refuses: write postgresql://"
    if scheme.startswith("postgresql+") and scheme not in DIALECTS:
        return "names a driver that the product does not have: write postgresql://"
    if scheme in DIALECTS and value.partition("://")[2].partition("?")[0].count("@") > 1:
        return "has an @ in the user or password, which ends it: write it as %40"
    found = _PARTS.fullmatch(value)
    host = _HOST.fullmatch(found["rest"]) if found else None
    if found is None or host is None or scheme not in DIALECTS:
        return FORM
    return (
        _problem_of_port(host["port"])
        or _problem_of_password(found["password"])
        or _problem_of_parameters(found["query"] or "")
        or ("" if found["name"] else "names no database after the host and port, such as /postgres")
    )


def _problem_of_port(port: str | None) -> str:
    if not port or (port.isdecimal() and 0 < int(port) < 65536):
        return ""
    return FORM


def _problem_of_password(password: str) -> str:
    if not password:
        return "has no password"
    if unquote(password) == "PASSWORD":
        return "still has the word PASSWORD in place of the password"
    return ""


def _problem_of_parameters(query: str) -> str:
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    wrong = next((name for name in names if name not in KNOWN), "")
    if not wrong:
        return ""
    return (
        f"has the parameter {wrong[:40]}, with which the product's driver (asyncpg) cannot connect"
    )
