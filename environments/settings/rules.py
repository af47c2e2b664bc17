"""The rules that an environment's settings keep: names, types, limits, networks that fit into each other."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from environments.settings.addresses import conflicts, too_small
from environments.settings.schema import SETTINGS


def problems(settings: Any, *, position: int = 1) -> list[str]:
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
    return found or _together(complete(settings, position=position))


def apart(settings: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]], *, position: int = 1) -> list[str]:
    """Return what these settings share with other environments that they cannot share; `others` by name, each complete."""
    return conflicts(complete(settings, position=position), others)


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
    found += too_small(settings)
    if settings["https_listener_port"] == settings["listener_port"] and settings["domain"]:
        found.append(f"https_listener_port: {settings['https_listener_port']} must not be listener_port")
    if settings["lb_max_mbps"] < settings["lb_min_mbps"]:
        found.append(f"lb_max_mbps: {settings['lb_max_mbps']} must not be below lb_min_mbps {settings['lb_min_mbps']}")
    for role in ("api", "worker"):
        least, most = settings[f"{role}_instances_min"], settings[f"{role}_instances_max"]
        if most < least:
            found.append(f"{role}_instances_max: {most} must not be below {role}_instances_min {least}")
    return [*found, *_needed(settings), *_kept_long_enough(settings)]


def _needed(settings: Mapping[str, Any]) -> list[str]:
    """Check that what is switched on has what it needs."""
    found: list[str] = []
    if settings["signed_images"] and not settings["signing_key"]:
        found.append("signing_key: must name the key whose signatures count, for signed_images is on")
    if settings["cdn_provider"] != "object" and not settings["frontend_url"]:
        found.append(f"frontend_url: must say where people open the frontend, for cdn_provider is {settings['cdn_provider']!r}")
    if settings["budget_per_month"] and not settings["budget_recipients"]:
        found.append(f"budget_recipients: must name who is told, for budget_per_month is {settings['budget_per_month']}")
    return found


def _kept_long_enough(settings: Mapping[str, Any]) -> list[str]:
    """Check sizes and times that one of two services would refuse, or that would undo each other."""
    found: list[str] = []
    ocpus, memory = settings["db_ocpus"], settings["db_memory_gb"]
    if not ocpus <= memory <= ocpus * 64:
        found.append(f"db_memory_gb: {memory} must be 1 to 64 GB for each of db_ocpus {ocpus}")
    kept, cheaper, days = (settings[f"backups_{name}"] for name in ("keep_days", "infrequent_days", "days"))
    if days <= kept:
        found.append(f"backups_days: {days} must be more than backups_keep_days {kept}, which forbids to delete")
    if cheaper >= days:
        found.append(f"backups_infrequent_days: {cheaper} must be less than backups_days {days}")
    hidden, hours = settings["queue_visibility_seconds"], settings["queue_retention_hours"]
    if hidden >= hours * 3600:
        found.append(f"queue_visibility_seconds: {hidden} must be less than queue_retention_hours {hours} h")
    return found
