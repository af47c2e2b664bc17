"""What an error of the database means."""

from django.db import Error, InterfaceError, OperationalError

_BUSY = ("55P03", "57014")  # a lock or a statement took longer than its limit
_ENDED = "25P03"  # the server ended a session that was idle in a transaction


def is_away(error: BaseException) -> bool:
    """Say whether the database is away or busy: the same again later may succeed.

    Anything else is a fault of the statement, or a rule of the database that it met.
    """
    return isinstance(error, OperationalError | InterfaceError) or _state(error) == _ENDED


def away_words(error: BaseException) -> str:
    """Say which of the two it is."""
    if _state(error) in _BUSY:
        return "The portal's database is busy: something else holds what this needs."
    return "The portal's database does not answer."


def _state(error: BaseException) -> str:
    cause = error.__cause__ if isinstance(error, Error) else None
    return str(getattr(cause, "sqlstate", "") or "")
