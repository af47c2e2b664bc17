"""CIDR blocks of VCNs and subnets, and the private addresses in them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from sandbox.oci import errors

Network = ipaddress.IPv4Network


def network(text: str, *, widest: int = 16, narrowest: int = 30) -> Network:
    """Read a CIDR block of an allowed size."""
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise errors.invalid(f"{text} is not a CIDR block: {error}.") from error
    if not widest <= found.prefixlen <= narrowest:
        raise errors.invalid(f"{text} must be between /{widest} and /{narrowest}.")
    return found


def check_apart(blocks: Iterable[Network], others: Iterable[Network]) -> None:
    """Refuse blocks that overlap any of the others."""
    known = list(others)
    for block in blocks:
        for other in known:
            if block.overlaps(other):
                raise errors.invalid(f"The CIDR block {block} overlaps {other}.")


def free_address(block: Network, taken: set[str], wanted: str = "") -> str:
    """Return a free host address; the first two and the last of a subnet belong to OCI."""
    usable = [str(host) for host in list(block)[2:-1]] if block.prefixlen > 20 else None
    if wanted:
        inside = ipaddress.IPv4Address(wanted) in block
        if not inside or wanted in taken:
            raise errors.invalid(f"The private IP {wanted} is taken or outside of {block}.")
        return wanted
    for host in usable or map(str, block.hosts()):
        if host not in taken and not (usable is None and host == str(block[1])):
            return host
    raise errors.limit_exceeded(f"The subnet {block} has no free address.")
