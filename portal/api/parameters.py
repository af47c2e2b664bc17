"""Query parameters read by name: what cannot be used is refused with the parameter, its value
and the rule.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NoReturn

from rest_framework.request import Request

from portal.lib.refusal import Invalid

BIGGEST = 2**63 - 1


class Parameters:
    """The parameters of one request, each of which may be given once."""

    def __init__(self, request: Request, known: Iterable[str]) -> None:
        self._given = {name: str(value) for name, value in request.query_params.items()}
        names = sorted(known)
        for name, given in request.query_params.lists():
            values = [str(value) for value in given]
            if name not in names:
                _refuse(
                    name,
                    values[0],
                    f"is not known here; the parameters are {', '.join(names) or 'none'}",
                )
            if len(values) > 1:
                _refuse(name, ", ".join(values), "may be given once")

    def read(self, name: str, reader: Callable[[str], Any], rule: str) -> Any:
        """Return a parameter as the reader makes of it, None when it was not given."""
        text = self._given.get(name)
        if text is None:
            return None
        try:
            if "\x00" in text:
                raise ValueError(name)
            return reader(text)
        except (ValueError, OverflowError) as error:
            raise _refusal(name, text, rule) from error

    def number(self, name: str, least: int = 0) -> int | None:
        """Return a whole number."""

        def reader(text: str) -> int:
            if not (text.isascii() and text.isdigit() and least <= int(text[:20]) <= BIGGEST):
                raise ValueError(text)
            return int(text)

        value: int | None = self.read(name, reader, f"must be a whole number from {least}")
        return value

    def moment(self, name: str) -> datetime | None:
        """Return a moment in UTC; without an offset the text is taken as UTC."""
        rule = (
            "must be an RFC 3339 date or time, such as 2026-03-01 or 2026-03-01T12:00:00Z (send +"
            " as %2B)"
        )
        value: datetime | None = self.read(name, _utc, rule)
        return value

    def choice(self, name: str, choices: Iterable[str]) -> str | None:
        """Return one of the choices."""
        allowed = list(choices)

        def reader(text: str) -> str:
            return allowed[allowed.index(text)]

        value: str | None = self.read(name, reader, f"must be one of: {', '.join(allowed)}")
        return value

    def text(self, name: str, longest: int = 200) -> str | None:
        """Return a text."""

        def reader(text: str) -> str:
            if not 1 <= len(text) <= longest:
                raise ValueError(text)
            return text

        value: str | None = self.read(name, reader, f"must have 1 to {longest} characters")
        return value


def _utc(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _refusal(name: str, value: str, rule: str) -> Invalid:
    shown = value if len(value) <= 100 else value[:100] + "…"
    return Invalid(
        f"{name} is {shown!r}: it {rule}.",
        next_step="Correct the parameter and send the request again.",
    )


def _refuse(name: str, value: str, rule: str) -> NoReturn:
    raise _refusal(name, value, rule)
