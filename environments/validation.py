"""The rules that an environment's settings keep: names, types, limits, networks that fit into each other."""

import ipaddress
import re
from collections.abc import Callable, Mapping
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


SETTINGS: dict[str, Setting] = {
    "vcn_cidr": Setting(network(16, 24), "10.20.0.0/16", "The whole network."),
    "public_subnet_cidr": Setting(network(16, 28), "10.20.0.0/24", "Where the load balancer stands."),
    "private_subnet_cidr": Setting(network(16, 28), "10.20.10.0/24", "Where containers and database stand."),
    "listener_port": Setting(whole(1, 65535), 80, "Port on which the load balancer answers."),
    "backend_port": Setting(whole(1, 65535), 8000, "Port on which the API container answers."),
    "health_path": Setting(path, "/health", "Path that tells whether an API container is well."),
    "health_interval_ms": Setting(whole(1000, 1_800_000), 10_000, "Pause between two health checks."),
    "lb_min_mbps": Setting(whole(10, 8000), 10, "Bandwidth that the load balancer always has."),
    "lb_max_mbps": Setting(whole(10, 8000), 10, "Bandwidth that the load balancer may grow to.", prod=100),
    "api_instances": Setting(whole(1, 20), 1, "API container instances per release.", prod=2),
    "worker_instances": Setting(whole(0, 20), 1, "Worker container instances per release.", prod=2),
    "alarm_5xx_per_minute": Setting(whole(0, 100_000), 5, "More 5xx answers than this in a minute are an incident."),
    "approvals_needed": Setting(whole(0, 5), 0, "People beside the requester who must agree to a release.", stage=1, prod=2),
    "cors_allowed_origins": Setting(origins, [], "Web origins that may call the API; its own address when none is given."),
    "exports_days": Setting(whole(1, 3650), 90, "Days after which exported files are deleted."),
    "versioned_uploads": Setting(yes_or_no, True, "Keep earlier versions of uploaded objects."),
}


def problems(settings: Any) -> list[str]:
    """Return everything wrong with the settings, each naming the field, its value and the rule."""
    if not isinstance(settings, Mapping):
        return ["settings: must be a JSON object"]
    found = [
        f"{name}: there is no such setting; the settings are {', '.join(SETTINGS)}" for name in settings if name not in SETTINGS
    ]
    for name, value in settings.items():
        broken = SETTINGS[name].check(value) if name in SETTINGS else ""
        if broken:
            found.append(f"{name}: {value!r} {broken}")
    return found or _together(complete(settings))


def complete(settings: Mapping[str, Any], *, position: int = 1) -> dict[str, Any]:
    """Return all settings, the missing ones with their defaults."""
    return {name: settings.get(name, rule.for_position(position)) for name, rule in SETTINGS.items()}


def _together(settings: Mapping[str, Any]) -> list[str]:
    """Check what only several settings together can break."""
    vcn = ipaddress.IPv4Network(settings["vcn_cidr"])
    subnets = {name: ipaddress.IPv4Network(settings[name]) for name in ("public_subnet_cidr", "private_subnet_cidr")}
    found = [f"{name}: '{net}' must lie inside vcn_cidr '{vcn}'" for name, net in subnets.items() if not net.subnet_of(vcn)]
    public, private = subnets.values()
    if public.overlaps(private):
        found.append(f"private_subnet_cidr: '{private}' must not overlap public_subnet_cidr '{public}'")
    if settings["lb_max_mbps"] < settings["lb_min_mbps"]:
        found.append(f"lb_max_mbps: {settings['lb_max_mbps']} must not be below lb_min_mbps {settings['lb_min_mbps']}")
    return found
