"""The part of the Monitoring Query Language that the simulator speaks."""

import re
from dataclasses import dataclass, field
from typing import Any

SECONDS = {"m": 60, "h": 3600, "d": 86400}
STATISTICS = frozenset(
    {
        "absent",
        "avg",
        "count",
        "first",
        "increment",
        "last",
        "max",
        "mean",
        "min",
        "percentile",
        "rate",
        "sum",
    }
)
TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<span>\d+[mhd](?![\w.]))|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_][\w:]*)|(?P<sign>==|!=|>=|<=|=~|&&|\|\||[][{}().,=<>+*/%-]))"
)


class BadQuery(Exception):
    """A query that cannot be read; its text says where."""


@dataclass(frozen=True)
class Matcher:
    """One dimension condition."""

    name: str
    sign: str
    value: str

    def holds(self, dimensions: dict[str, str]) -> bool:
        actual = dimensions.get(self.name)
        if actual is None:
            return False
        if self.sign == "=~":
            return re.fullmatch(self.value.replace("*", ".*"), actual) is not None
        return (actual == self.value) == (self.sign in ("=", "=="))


@dataclass(frozen=True)
class Selection:
    """`metric[interval]{dimensions}.grouping().statistic()`."""

    metric: str
    interval: float
    matchers: tuple[Matcher, ...] = ()
    grouped: bool = False
    group_by: tuple[str, ...] = ()
    statistic: str = "mean"
    argument: float = 0.0


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: float


@dataclass(frozen=True)
class Arithmetic:
    """Two expressions joined by + - * / %."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Comparison:
    """A condition; absence is one by itself."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Junction:
    """Two conditions joined by && or ||."""

    sign: str
    left: "Expression"
    right: "Expression"


Expression = Selection | Constant | Arithmetic | Comparison | Junction


def parse(text: str) -> Expression:
    """Read a query."""
    reader = _Reader(text)
    found = _joined(reader)
    if reader.peek():
        raise BadQuery(f"unexpected {reader.peek()!r} in the query")
    return found


def selections(expression: Expression) -> list[Selection]:
    """Return every selection in an expression."""
    if isinstance(expression, Selection):
        return [expression]
    if isinstance(expression, Constant):
        return []
    return selections(expression.left) + selections(expression.right)


@dataclass
class _Reader:
    """Tokens with a position."""

    text: str
    tokens: list[tuple[str, str]] = field(default_factory=list)
    at: int = 0

    def __post_init__(self) -> None:
        end = 0
        while end < len(self.text.rstrip()):
            match = TOKEN.match(self.text, end)
            if match is None:
                raise BadQuery(f"cannot read the query from {self.text[end : end + 20]!r} on")
            self.tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
            end = match.end()

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, kind: str = "", *values: str) -> str:
        """Return the next token, which must be of this kind and, if given, one of these."""
        group, value = self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")
        if (kind and group != kind) or (values and value not in values):
            raise BadQuery(
                f"expected {' or '.join(values) or kind} instead of {value or 'the end'!r}"
            )
        self.at += 1
        return value

    def skip(self, *values: str) -> str:
        """Take the next token if it is one of these."""
        return self.take() if self.peek() in values and self.peek() else ""


def _joined(reader: _Reader) -> Expression:
    left = _compared(reader)
    while sign := reader.skip("&&", "||"):
        left = Junction(sign, left, _compared(reader))
    return left


def _compared(reader: _Reader) -> Expression:
    left = _summed(reader)
    sign = reader.skip(">", ">=", "<", "<=", "==", "!=")
    return Comparison(sign, left, _summed(reader)) if sign else left


def _summed(reader: _Reader) -> Expression:
    left = _multiplied(reader)
    while sign := reader.skip("+", "-"):
        left = Arithmetic(sign, left, _multiplied(reader))
    return left


def _multiplied(reader: _Reader) -> Expression:
    left = _value(reader)
    while sign := reader.skip("*", "/", "%"):
        left = Arithmetic(sign, left, _value(reader))
    return left


def _value(reader: _Reader) -> Expression:
    if reader.skip("("):
        inner = _joined(reader)
        reader.take("sign", ")")
        return inner
    if reader.skip("-"):
        return Arithmetic("-", Constant(0), _value(reader))
    if reader.tokens[reader.at : reader.at + 1] and reader.tokens[reader.at][0] == "number":
        return Constant(float(reader.take("number")))
    return _selection(reader)


def _selection(reader: _Reader) -> Selection:
    metric = reader.take("name")
    reader.take("sign", "[")
    parts: dict[str, Any] = {"metric": metric, "interval": span(reader.take("span"))}
    reader.take("sign", "]")
    if reader.skip("{"):
        parts["matchers"] = _matchers(reader)
    while reader.skip("."):
        parts |= _function(reader)
    if "statistic" not in parts:
        raise BadQuery(f"{metric} lacks a statistic such as .mean()")
    return Selection(**parts)


def _matchers(reader: _Reader) -> tuple[Matcher, ...]:
    found = []
    while not reader.skip("}"):
        name = reader.take("name")
        sign = reader.take("sign", "=", "==", "!=", "=~")
        found.append(Matcher(name, sign, reader.take("text")[1:-1]))
        if reader.peek() != "}":
            reader.take("sign", ",")
    return tuple(found)


def _function(reader: _Reader) -> dict[str, Any]:
    name = reader.take("name")
    reader.take("sign", "(")
    arguments = []
    while not reader.skip(")"):
        arguments.append(reader.take())
        reader.skip(",")
    if name == "grouping":
        return {"grouped": True}
    if name == "groupBy":
        return {"group_by": tuple(arguments)}
    if name not in STATISTICS:
        raise BadQuery(f"unknown function {name!r}")
    return {"statistic": name, "argument": _argument(name, arguments)}


def _argument(name: str, arguments: list[str]) -> float:
    if name == "percentile":
        if len(arguments) != 1 or not 0 < float(arguments[0]) < 1:
            raise BadQuery("percentile takes one number between 0 and 1")
        return float(arguments[0])
    return span(arguments[0]) if name == "absent" and arguments else 0.0


def span(text: str) -> float:
    """Return the seconds of `5m`, `1h` or `1d`."""
    number, unit = text[:-1], text[-1:]
    if unit not in SECONDS or not number.isdigit():
        raise BadQuery(f"{text!r} is not a time such as 5m")
    return float(int(number) * SECONDS[unit])
