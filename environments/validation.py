"""The rules that an environment's settings keep: names, types, limits, networks that fit into each other."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from environments.catalogue import SETTINGS


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
