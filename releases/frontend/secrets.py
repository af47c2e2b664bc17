"""Finds in a text what looks like a secret: everything in a bundle can be read by everybody."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from releases.frontend.findings import BundleFinding, excerpt, line_and_column

MOST = 20  # findings of one file
LEAST_KNOWN = 8  # shorter values turn up by chance
# A pattern begins with fixed letters and repeats within bounds, so that no text can make it slow.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "a value of a VITE_ variable that is a secret",
        re.compile(
            r"VITE_[A-Z_]{0,40}(?:PASSWORD|SECRET|TOKEN|KEY)[A-Z_]{0,20}['\"`]?\s{0,4}[:=]\s{0,4}(['\"`])(?P<secret>[^'\"`\n]{1,200})\1"
        ),
    ),
    (
        "a private key",
        re.compile(
            r"-----BEGIN (?:[A-Z]{2,10} )?PRIVATE KEY-----(?P<secret>[\sA-Za-z0-9+/=\\]{0,200})"
        ),
    ),
    ("an OpenAI key", re.compile(r"\bsk-(?:proj-|svcacct-)?(?P<secret>[A-Za-z0-9]{20,200})")),
    ("an AWS key", re.compile(r"\bAKIA(?P<secret>[0-9A-Z]{16})\b")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_(?P<secret>[A-Za-z0-9]{36,200})")),
    ("a Slack token", re.compile(r"\bxox[abprs]-(?P<secret>[A-Za-z0-9-]{10,200})")),
    (
        "a signed token",
        re.compile(
            r"\beyJ[A-Za-z0-9_-]{10,1000}\.eyJ(?P<secret>[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,600})"
        ),
    ),
    (
        "an address with a password in it",
        re.compile(
            r"\b(?:https?|postgres(?:ql)?|redis|mysql|amqp)://[^\s:/@'\"`{$]{1,64}:(?P<secret>[^\s/@'\"`{$]{1,128})@"
        ),
    ),
    ("Basic credentials", re.compile(r"['\"`]Basic (?P<secret>[A-Za-z0-9+/]{8,200}={0,2})['\"`]")),
    (
        "Basic credentials",
        re.compile(r"\bbtoa\(\s?(['\"`])(?P<secret>[^'\"`:\n${]{1,64}:[^'\"`\n${]{1,100})\1\)"),
    ),
)
_NAMES = (
    r"(?i:passw(?:or)?d|passphrase|secret|api[_-]?key|private[_-]?key|access[_-]?token"
    r"|auth[_-]?token)['\"]?\s{0,4}[:=]\s{0,4}"
)
_NAMED = re.compile(_NAMES + r"(['\"`])(?P<secret>[^'\"`\\\s]{4,200})\1")
# Minified, the literal stands elsewhere: `AA="…",…{instructorPassword:AA}`.
_HOP = re.compile(_NAMES + r"(?P<name>[A-Za-z_$][\w$]{0,40})(?![\w$.(\[])")
_HOP_REACH = 20_000  # characters before and after the use in which the identifier is looked for
_LITERAL = r"(?<![\w$.]){name}\s?=(?!=)\s?(?:(['\"`])(?P<secret>[^'\"`\n]{{1,200}})\1)?"
_NAMING = re.compile(r"[\w$.-]{0,40}\Z")
_NEXT_STEP = (
    "Take it out of the build's environment, build again, and change the secret: it was in a file "
    "made for the public"
)


def find_secrets(file: str, text: str, known: Mapping[str, str]) -> list[BundleFinding]:
    """Return what looks like a secret in a text; `known` has the environment's real values by
    name, compared, never shown.
    """
    places = list(islice(_places(text, known), MOST))
    hidden = spans(text, known) if places else []
    return [
        BundleFinding(
            file,
            f"has {words}",
            _NEXT_STEP,
            *line_and_column(text, start),
            excerpt(text, start, end, hidden),
        )
        for words, start, end in places
    ]


def spans(text: str, known: Mapping[str, str]) -> list[tuple[int, int]]:
    """Return where a text has what looks like a secret: first and last position."""
    return [(start, end) for _, start, end in _places(text, known)]


def hide(text: str) -> str:
    """Return a short text with what looks like a secret masked."""
    return excerpt(text, 0, len(text), spans(text, {}))[1:-1]


def _places(text: str, known: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    for name, value in known.items():
        exact = re.escape(value) if len(value) >= LEAST_KNOWN else r"(?!)"
        for match in re.finditer(exact, text):
            yield f"the value of the environment's secret {name}", *match.span()
    for words, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield words, *match.span("secret")
    for match in _NAMED.finditer(text):
        if _is_secret(_key(text, match), match["secret"]):
            yield "a literal under a name for secrets", *match.span("secret")
    for match in _HOP.finditer(text):
        literal = _assigned(text, match["name"], match.start())
        if literal and _is_secret(_key(text, match), literal["secret"]):
            yield "a literal that goes under a name for secrets", *literal.span("secret")


def _key(text: str, match: re.Match[str]) -> str:
    """Return the whole name under which a value stands, in small letters."""
    before = _NAMING.search(text[max(0, match.start() - 40) : match.start()])
    return ((before[0] if before else "") + match[0][:40]).lower()


def _assigned(text: str, name: str, use: int) -> re.Match[str] | None:
    """Return the literal that an identifier has where it is used, if it has one there.

    That is the last assignment before the use, else the first one after it.
    """
    pattern = re.compile(_LITERAL.format(name=re.escape(name)))
    before = list(pattern.finditer(text, max(0, use - _HOP_REACH), use))
    found = before[-1] if before else pattern.search(text, use, use + _HOP_REACH)
    return found if found and found["secret"] else None


def _is_secret(key: str, value: str) -> bool:
    """Tell a password from a label: labels are words, addresses of pages or templates."""
    if "instructor" in key:
        return True
    if (
        len(value) < 6
        or value[0] in "/#.<$"
        or value.startswith(("http:", "https:", "data:"))
        or "${" in value
    ):
        return False
    return any(letter.isdigit() for letter in value) and any(letter.isalpha() for letter in value)
