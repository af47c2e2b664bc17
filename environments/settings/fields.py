"""One setting of an environment, and the checks to choose from. Pure."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Check = Callable[[object], str]  # returns the rule that is broken, or nothing
_ORIGIN = r"https?://[A-Za-z0-9.\-]{1,200}(:\d{1,5})?"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_TIME = r"([01]\d|2[0-3]):[0-5]\d"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its check, its default (for dev, stage, prod), and what it means."""

    check: Check
    default: Any
    meaning: str
    prod: Any = None
    stage: Any = None

    def for_position(self, position: int) -> Any:
        """Return the default for the position; stage and prod may have a safer one."""
        special = self.prod if position >= 3 else self.stage if position == 2 else None
        return self.default if special is None else special


def whole(least: int, most: int, *, step: int = 1) -> Check:
    """Accept a whole number within limits, a multiple of `step`."""
    words = "a whole number" if step == 1 else f"a multiple of {step}"

    def check(value: object) -> str:
        number = value if isinstance(value, int) and not isinstance(value, bool) else least - 1
        fits = least <= number <= most and not number % step
        return "" if fits else f"must be {words} from {least} to {most}"

    return check


# RFC 1918. Others that are called private belong to OCI itself (169.254/16) or to no network.
PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def network(widest: int, narrowest: int) -> Check:
    """Accept a private IPv4 network in CIDR form, of a size that OCI accepts."""

    def check(value: object) -> str:
        try:
            net = ipaddress.IPv4Network(str(value))
        except ValueError:
            return "must be an IPv4 network such as 10.20.0.0/16, with the bits after the mask zero"
        if not widest <= net.prefixlen <= narrowest:
            return f"must be between /{widest} and /{narrowest}"
        private = "must be a private network (10/8, 172.16/12 or 192.168/16)"
        return "" if any(net.subnet_of(one) for one in PRIVATE) else private

    return check


def text(pattern: str, rule: str) -> Check:
    """Accept text that matches the whole pattern."""

    def check(value: object) -> str:
        return "" if isinstance(value, str) and re.fullmatch(pattern, value) else rule

    return check


def texts(pattern: str, rule: str) -> Check:
    """Accept a list of at most 20 texts that match the pattern."""
    one = text(pattern, rule)

    def check(value: object) -> str:
        fits = isinstance(value, list) and len(value) <= 20 and not any(map(one, value))
        return "" if fits else rule

    return check


def one_of(*choices: str) -> Check:
    """Accept one word of a list."""

    def check(value: object) -> str:
        return "" if value in choices else f"must be one of: {', '.join(choices)}"

    return check


def ocid(word: str) -> Check:
    """Accept the OCID of one type of resource, or nothing."""
    pattern = rf"(ocid1\.{word}\.[a-z0-9.\-]{{1,60}}\.[A-Za-z0-9.\-_]{{1,200}})?"
    return text(pattern, f"must be an OCID that begins with ocid1.{word}.")


def yes_or_no(value: object) -> str:
    """Accept a boolean."""
    return "" if isinstance(value, bool) else "must be true or false"


domain = text(
    rf"|(?=.{{0,240}}$)({_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]",
    "must be a DNS name in small letters such as dev.example.com, or empty",
)
path = text(r"/[A-Za-z0-9/_.\-]{0,120}", "must be a path such as /health")
origins = texts(
    _ORIGIN,
    "must be a list of at most 20 origins such as https://app.example.com, without * or a path",
)
mail_addresses = texts(
    r"[A-Za-z0-9._%+\-]{1,64}@([A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,63}",
    "must be a list of at most 20 mail addresses such as team@example.com",
)
promoted_from = text(
    r"[a-z][a-z0-9-]{1,11}", "must be below, anywhere, or the name of an environment"
)
web_address = text(
    rf"({_ORIGIN}(/[A-Za-z0-9._~\-]{{1,100}}){{0,8}})?",
    "must be an address such as https://git.example.com/team/conceptlens, without a / at its end",
)
web_origin = text(
    rf"({_ORIGIN})?", "must be an origin such as https://app.example.com, without a path"
)
secret_reference = text(
    r"[A-Z][A-Z0-9_]{2,59}|ocid1\.vaultsecret\.[a-z0-9\-]*\.[a-z0-9\-]*\.[A-Za-z0-9.\-]{4,200}",
    "must be the name of a secret such as INSTRUCTOR_USERNAME, or the OCID of a secret",
)
clock = text(_TIME, "must be a time of day such as 02:00")
weekly = text(
    rf"(MON|TUE|WED|THU|FRI|SAT|SUN) {_TIME}", "must be a day and a time such as SUN 05:00"
)
database_user = text(
    r"(?!pg_|oci|(postgres|admin|root)$)[a-z][a-z0-9_]{2,31}",
    "must be 3 to 32 small letters, digits, underscores, and none of PostgreSQL's own names",
)
