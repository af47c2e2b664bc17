"""How many addresses networks have and environments need, and which networks get in each other's way. Pure."""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

RESERVED = 3  # OCI keeps the first two addresses of a subnet and the last one
BALANCER = 3  # a load balancer stands on two hosts, and moves one address between them
SIDES = 2  # while a release replaces another, both run side by side

Network = ipaddress.IPv4Network


def usable(subnet: Network) -> int:
    """Return how many addresses of a subnet can be given to something."""
    return max(subnet.num_addresses - RESERVED, 0)


def needed(settings: Mapping[str, Any]) -> dict[str, int]:
    """Return how many addresses each subnet must have: for the most instances, twice, and the database with its endpoint."""
    most = [max(settings[f"{role}_instances"], settings[f"{role}_instances_max"]) for role in ("api", "worker")]
    return {"public_subnet_cidr": BALANCER, "private_subnet_cidr": SIDES * sum(most) + settings["db_instances"] + 1}


def too_small(settings: Mapping[str, Any]) -> list[str]:
    """Return each subnet that has too few addresses, with the size that would do."""
    found = []
    for name, count in needed(settings).items():
        subnet = Network(settings[name])
        if usable(subnet) < count:
            fits = 32 - (count + RESERVED - 1).bit_length()
            found.append(f"{name}: '{subnet}' has {usable(subnet)} addresses to give, but {count} are needed: /{fits} would do")
    return found


def conflicts(settings: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what an environment's settings share with another's that neither can share; `others` by name, all complete."""
    vcn, found = Network(settings["vcn_cidr"]), list[str]()
    for slug, other in others.items():
        if vcn.overlaps(Network(other["vcn_cidr"])):
            free = free_network(vcn.prefixlen, [Network(one["vcn_cidr"]) for one in others.values()])
            way = f"; {free} is free" if free else ""
            found.append(
                f"vcn_cidr: '{vcn}' must not overlap '{other['vcn_cidr']}' of {slug}, or the two can never be connected{way}"
            )
        if settings["domain"] and settings["domain"] == other["domain"]:
            found.append(f"domain: {settings['domain']!r} is that of {slug}; one zone cannot lead to two load balancers")
    return found


def free_network(size: int, taken: Iterable[Network]) -> Network | None:
    """Return the first network of that size within 10/8, from 10.20 on, that overlaps none of the taken ones."""
    known = list(taken)
    for candidate in Network("10.0.0.0/8").subnets(new_prefix=size):
        if candidate.network_address >= ipaddress.IPv4Address("10.20.0.0") and not any(candidate.overlaps(one) for one in known):
            return candidate
    return None
