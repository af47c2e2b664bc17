"""One setting of an environment: the checks to choose from."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any], str]  # returns the rule that is broken, or nothing


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its check, its default (for dev, stage, prod), and what it means."""

    check: Check
    default: Any
    meaning: str
    prod: Any = None
    stage: Any = None

    def for_position(self, position: int) -> Any:
        """Return the default, which is the safer one for stage and prod where there are several."""
        special = self.prod if position >= 3 else self.stage if position == 2 else None
        return self.default if special is None else special


def whole(least: int, most: int) -> Check:
    """Take a whole number within limits."""

    def check(value: Any) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return "" if fits else f"must be a whole number from {least} to {most}"

    return check


def network(widest: int, narrowest: int) -> Check:
    """Take an IPv4 network in CIDR form, private, of a size that OCI takes."""

    def check(value: Any) -> str:
        try:
            net = ipaddress.IPv4Network(str(value))
        except ValueError:
            return "must be an IPv4 network such as 10.20.0.0/16, with the bits after the mask zero"
        if not widest <= net.prefixlen <= narrowest:
            return f"must be between /{widest} and /{narrowest}"
        return "" if net.is_private else "must be a private network (10/8, 172.16/12 or 192.168/16)"

    return check


def domain(value: Any) -> str:
    """Take a DNS name to stand under, in small letters; empty means none."""
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    fits = isinstance(value, str) and len(value) <= 240 and re.fullmatch(rf"({label}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]", value)
    return "" if value == "" or fits else "must be a DNS name in small letters such as dev.example.com, or empty"


def path(value: Any) -> str:
    """Take an absolute URL path."""
    fits = isinstance(value, str) and re.fullmatch(r"/[A-Za-z0-9/_.\-]{0,120}", value)
    return "" if fits else "must be a path such as /health"


def yes_or_no(value: Any) -> str:
    """Take a boolean."""
    return "" if isinstance(value, bool) else "must be true or false"


def origins(value: Any) -> str:
    """Take a list of web origins; the one that allows everybody is not among them."""
    fits = isinstance(value, list) and len(value) <= 20
    fits = fits and all(isinstance(one, str) and re.fullmatch(r"https?://[A-Za-z0-9.\-]{1,200}(:\d{1,5})?", one) for one in value)
    return "" if fits else "must be a list of at most 20 origins such as https://app.example.com, without * or a path"


def mail_addresses(value: Any) -> str:
    """Take a list of mail addresses."""
    fits = isinstance(value, list) and len(value) <= 20
    fits = fits and all(
        isinstance(one, str) and re.fullmatch(r"[A-Za-z0-9._%+\-]{1,64}@([A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,63}", one)
        for one in value
    )
    return "" if fits else "must be a list of at most 20 mail addresses such as team@example.com"


def one_of(*choices: str) -> Check:
    """Take one word of a list."""

    def check(value: Any) -> str:
        return "" if value in choices else f"must be one of: {', '.join(choices)}"

    return check


def promoted_from(value: Any) -> str:
    """Take the name of an environment, `below` or `anywhere`."""
    fits = isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9-]{1,11}", value)
    return "" if fits else "must be below, anywhere, or the name of an environment"


def web_address(value: Any) -> str:
    """Take the address of a page, or nothing."""
    fits = isinstance(value, str) and re.fullmatch(
        r"(https?://[A-Za-z0-9.\-]{1,200}(:\d{1,5})?(/[A-Za-z0-9._~\-]{1,100}){0,8})?", value
    )
    return "" if fits else "must be an address such as https://git.example.com/team/conceptlens, without a / at its end"


def web_origin(value: Any) -> str:
    """Take one origin, or nothing."""
    fits = value == "" or not origins([value])
    return "" if fits else "must be an origin such as https://app.example.com, without a path"


def ocid(word: str) -> Check:
    """Take the OCID of one sort of resource, or nothing."""

    def check(value: Any) -> str:
        fits = isinstance(value, str) and re.fullmatch(rf"(ocid1\.{word}\.[a-z0-9.\-]{{1,60}}\.[A-Za-z0-9.\-_]{{1,200}})?", value)
        return "" if fits else f"must be an OCID that begins with ocid1.{word}."

    return check


def secret_reference(value: Any) -> str:
    """Take the name of a secret of the environment, or the OCID of any other."""
    fits = isinstance(value, str) and re.fullmatch(
        r"[A-Z][A-Z0-9_]{2,59}|ocid1\.vaultsecret\.[a-z0-9\-]*\.[a-z0-9\-]*\.[A-Za-z0-9.\-]{4,200}", value
    )
    return "" if fits else "must be the name of a secret such as INSTRUCTOR_USERNAME, or the OCID of a secret"


def clock(value: Any) -> str:
    """Take a time of day."""
    fits = isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)
    return "" if fits else "must be a time of day such as 02:00"


def weekly(value: Any) -> str:
    """Take a time of the week."""
    fits = isinstance(value, str) and re.fullmatch(r"(MON|TUE|WED|THU|FRI|SAT|SUN) ([01]\d|2[0-3]):[0-5]\d", value)
    return "" if fits else "must be a day and a time such as SUN 05:00"


def stepped(step: int, most: int) -> Check:
    """Take a multiple of a step."""

    def check(value: Any) -> str:
        fits = isinstance(value, int) and not isinstance(value, bool) and step <= value <= most and not value % step
        return "" if fits else f"must be a multiple of {step} from {step} to {most}"

    return check


def database_user(value: Any) -> str:
    """Take the name of a database user that PostgreSQL and OCI leave to us."""
    fits = isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{2,31}", value)
    taken = fits and (value.startswith(("pg_", "oci")) or value in ("postgres", "admin", "root"))
    return "" if fits and not taken else "must be 3 to 32 small letters, digits, underscores, and none of PostgreSQL's own names"
