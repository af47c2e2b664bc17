"""Finds in a text what looks like a secret: everything in a bundle can be read by everybody."""

import re
from collections.abc import Iterator, Mapping

from portal.lib.redact import MASK
from releases.frontend.findings import BundleFinding, line_and_column

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
_NAMED = re.compile(
    r"(?i)(?:passw(?:or)?d|passphrase|secret|api[_-]?key|private[_-]?key|access[_-]?token|auth[_-]?token)['\"]?"
    r"\s{0,4}[:=]\s{0,4}(['\"`])(?P<secret>[^'\"`\\\s]{4,200})\1"
)
_NAMING = re.compile(r"[\w$.-]{0,40}\Z")
_NEXT_STEP = (
    "Take it out of the build's environment, build again, and change the secret: it was in a file "
    "made for the public"
)


def find_secrets(file: str, text: str, known: Mapping[str, str]) -> list[BundleFinding]:
    """Return what looks like a secret in a text; `known` has the environment's real values by
    name, compared, never shown.
    """
    found: list[BundleFinding] = []
    for words, start, end in _places(text, known):
        found.append(_finding(file, text, words, start, end))
        if len(found) >= MOST:
            break
    return found


def _places(text: str, known: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    for name, value in known.items():
        at = text.find(value) if len(value) >= LEAST_KNOWN else -1
        if at >= 0:
            yield f"the value of the environment's secret {name}", at, at + len(value)
    for words, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield words, *match.span("secret")
    for match in _NAMED.finditer(text):
        before = _NAMING.search(text[max(0, match.start() - 40) : match.start()])
        key = (before[0] if before else "") + match[0][:40]
        if _is_secret(key.lower(), match["secret"]):
            yield "a literal under a name for secrets", *match.span("secret")


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


def _finding(file: str, text: str, words: str, start: int, end: int) -> BundleFinding:
    line, column = line_and_column(text, start)
    before = text[max(0, start - 24) : start].replace("\n", " ")
    after = text[end : end + 8].replace("\n", " ")
    return BundleFinding(file, f"has {words}", _NEXT_STEP, line, column, f"…{before}{MASK}{after}…")
