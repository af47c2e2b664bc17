"""The grammar of policy statements and of matching rules. Pure: text in, data out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from sandbox.oci.iam import tables

_TOKEN = re.compile(
    r"""'[^']*'(?:/'[^']*')?|/[^/]*/(?=[\s,})]|$)|!=|=|[{}(),]|[^\s{}(),='!"]+""", re.S
)
_NAME = re.compile(r"^(?:[\w.@+-]+(?:/[\w.@+-]+)?|'[^']+'(?:/'[^']+')?)$")
_OCID = re.compile(r"^ocid1\.[\w.-]+$", re.I)
_PLACE = re.compile(r"^[\w.-]+(?::[\w.-]+)*$")
_VARIABLE = re.compile(r"^[\w.\-]+$")
_OTHER = ("define", "endorse", "admit", "deny")
_TIMED = ("before", "after", "between")
DEEPEST = 20  # levels of any and all


class GrammarError(ValueError):
    """A text that is no statement, or no matching rule."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison (`=`, `!=`, `has`, `in`, `not in`, `time`), or several joined by any / all."""

    word: str
    name: str = ""
    values: tuple[str, ...] = ()  # as written: 'text', /pattern/ or another variable
    parts: tuple[Condition, ...] = ()

    def __str__(self) -> str:
        if self.word in {"any", "all"}:
            return f"{self.word} {{{', '.join(map(str, self.parts))}}}"
        if self.word == "has":
            return self.name
        if self.word in {"in", "not in"}:
            return f"{self.name} {self.word} ({', '.join(self.values)})"
        return " ".join([self.name, *([self.word] if self.word != "time" else []), *self.values])


@dataclass(frozen=True, slots=True)
class Statement:
    """An allow statement; `names` and `ids` are lower case and without quotes."""

    subject: str  # group | dynamic-group | service | resource | any-user | any-group
    names: tuple[str, ...]
    ids: tuple[str, ...]
    verb: str
    resource_type: str
    permissions: tuple[str, ...]
    place: str  # "tenancy", an OCID, or "A:B:C"
    condition: Condition | None = None

    @property
    def gives(self) -> frozenset[str]:
        """The permissions that the statement speaks of; none for an unknown resource type."""
        if self.permissions:
            return frozenset(self.permissions)
        known = tables.known_type(self.resource_type)
        return tables.given(self.verb, self.resource_type) if known else frozenset()

    def __str__(self) -> str:
        named = [f"'{name}'".replace("/", "'/'") for name in self.names]
        who = ", ".join([*named, *(f"id {one}" for one in self.ids)])
        act = f"{{{', '.join(self.permissions)}}}" if self.permissions else ""
        act = act or f"{self.verb} {self.resource_type}"
        place = self.place if self.place == "tenancy" else f"compartment {self.place}"
        place = place.replace("compartment ocid1.", "compartment id ocid1.")
        where = f" where {self.condition}" if self.condition else ""
        return f"Allow {f'{self.subject} {who}'.strip()} to {act} in {place}{where}"


class _Reader:
    """The tokens of a text, taken one by one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _TOKEN.findall(text)
        if "".join("".join(self.tokens).split()) != "".join(text.split()):
            raise GrammarError(f"cannot parse: {text}")
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise GrammarError(f"cannot parse: {self.text}")
        self.at += 1
        return token

    def word(self, *allowed: str) -> str:
        token = self.take().lower()
        if token not in allowed:
            raise GrammarError(f"cannot parse: {self.text}")
        return token

    def matching(self, form: re.Pattern[str]) -> str:
        token = self.take()
        if not form.match(token):
            raise GrammarError(f"cannot parse: {self.text}")
        return token

    def listed(self, closing: str) -> list[str]:
        found = [self.take()]
        while self.word(",", closing) == ",":
            found.append(self.take())
        return found

    def end(self) -> None:
        if self.peek():
            raise GrammarError(f"cannot parse: {self.text}")


@lru_cache(maxsize=4096)
def parse(text: str) -> Statement | None:
    """Return a statement; None for define, endorse, admit and deny, which are not evaluated."""
    reader = _Reader(text)
    first = reader.take().lower()
    if first in _OTHER and reader.peek():
        return None
    if first != "allow":
        raise GrammarError(f"cannot parse: {text}")
    subject, names, ids = _subject(reader)
    reader.word("to")
    verb, resource_type, permissions = _act(reader)
    reader.word("in")
    place = _place(reader)
    condition = None
    if reader.peek():
        reader.word("where")
        condition = _condition(reader, rule=False)
    reader.end()
    return Statement(subject, names, ids, verb, resource_type, permissions, place, condition)


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Condition:
    """Return the condition of a dynamic group's matching rule."""
    reader = _Reader(text)
    found = _condition(reader, rule=True)
    reader.end()
    return found


def _subject(reader: _Reader) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    subject = reader.word("any-user", "any-group", "group", "dynamic-group", "service", "resource")
    if subject in {"any-user", "any-group"}:
        return subject, (), ()
    if subject == "resource":
        reader.matching(_VARIABLE)
    names: list[str] = []
    ids: list[str] = []
    more = True
    while more:
        if reader.peek().lower() == "id" or (ids and _OCID.match(reader.peek().strip("'"))):
            if reader.peek().lower() == "id":
                reader.take()
            ids.append(_ocid(reader))
        else:
            names.append(reader.matching(_NAME).replace("'", "").lower())
        more = reader.peek() == ","
        if more:
            reader.take()
    return subject, tuple(names), tuple(ids)


def _ocid(reader: _Reader) -> str:
    token = reader.take().strip("'")
    if not _OCID.match(token):
        raise GrammarError(f"cannot parse: {reader.text}")
    return token.lower()


def _act(reader: _Reader) -> tuple[str, str, tuple[str, ...]]:
    if reader.peek() == "{":
        reader.take()
        named = reader.listed("}")
        if not all(re.match(r"^\w+$", one) for one in named):
            raise GrammarError(f"cannot parse: {reader.text}")
        return "", "", tuple(one.upper() for one in named)
    verb = reader.word(*tables.VERBS)
    return verb, reader.matching(re.compile(r"^[\w-]+$")).lower(), ()


def _place(reader: _Reader) -> str:
    if reader.word("tenancy", "compartment") == "tenancy":
        return "tenancy"
    if reader.peek().lower() == "id":
        reader.take()
        return _ocid(reader)
    return reader.matching(_PLACE)


def _condition(reader: _Reader, *, rule: bool, depth: int = 0) -> Condition:
    if depth > DEEPEST:
        raise GrammarError(f"cannot parse: {reader.text}")
    name = reader.take()
    if name.lower() in {"any", "all"} and reader.peek() == "{":
        reader.take()
        if rule and reader.peek() == "}":
            reader.take()
            return Condition(name.lower())
        parts = [_condition(reader, rule=rule, depth=depth + 1)]
        while reader.word(",", "}") == ",":
            parts.append(_condition(reader, rule=rule, depth=depth + 1))
        return Condition(name.lower(), parts=tuple(parts))
    if not _VARIABLE.match(name):
        raise GrammarError(f"cannot parse the condition of: {reader.text}")
    return _comparison(reader, name, rule=rule)


def _comparison(reader: _Reader, name: str, *, rule: bool) -> Condition:
    sign = reader.peek().lower()
    if sign in {"=", "!="}:
        reader.take()
        return Condition(sign, name, (_value(reader),))
    if rule:
        if name.lower().endswith(".value") and sign in {"", ",", "}"}:
            return Condition("has", name)
        raise GrammarError(f"cannot parse: {reader.text}")
    if sign in {"in", "not"}:
        word = "in" if reader.take().lower() == "in" else f"not {reader.word('in')}"
        reader.word("(")
        return Condition(word, name, tuple(reader.listed(")")))
    if sign in _TIMED:
        values = [reader.take()]
        while reader.peek() not in {"", ",", "}"}:
            values.append(reader.take())
        if len(values) > 1:
            return Condition("time", name, tuple(values))
    raise GrammarError(f"cannot parse the condition of: {reader.text}")


def _value(reader: _Reader) -> str:
    token = reader.take()
    if token[0] in "'/" or _VARIABLE.match(token):
        return token
    raise GrammarError(f"cannot parse the condition of: {reader.text}")
