"""What is there now and ends when a field is changed: each check yields a sentence for the plan.

A check takes the wanted and the present value of one field. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from environments.desired import agrees

Removals = Callable[[Any, Any], Iterator[str]]

ROOT = "ocid1.tenancy."  # how the OCID of the root compartment begins
PROTOCOLS = {"6": "TCP", "17": "UDP", "1": "ICMP", "58": "ICMPv6", "all": "all protocols"}


def nothing(want: Any, have: Any) -> Iterator[str]:
    """Yield nothing: whatever the values, nothing that somebody uses ends."""
    yield from ()


def left_over(wanted: Sequence[Any], present: Sequence[Any]) -> list[Any]:
    """Return the items that match no wanted one, and the second of two that match the same."""
    waiting, left = list(wanted), []
    for item in present:
        partner = next((number for number, one in enumerate(waiting) if agrees(one, item)), None)
        if partner is None:
            left.append(item)
        else:
            waiting.pop(partner)
    return left


def items(noun: str, describe: Callable[[Any], str] = str, *, by: str = "") -> Removals:
    """Return the check of a list: every item that is there now and not wanted.

    `by` names the member by which an item stays the same although others of it change.
    """

    def check(want: Any, have: Any) -> Iterator[str]:
        stay = {item.get(by) for item in want} if by and want else set()
        for item in left_over(want or (), have or ()):
            if not by or item.get(by) not in stay:
                yield f"{noun} removed: {describe(item)}."

    return check


def another_value(words: str) -> Removals:
    """Return the check of a single value: any other than the present one ends it.

    `words` is a sentence over `have` and `want`.
    """

    def check(want: Any, have: Any) -> Iterator[str]:
        if have not in (None, "", want):
            yield words.format(have=have, want=want)

    return check


def ends(value: Any, words: str) -> Removals:
    """Return the check of a choice: `words` when the wanted value is this one."""

    def check(want: Any, have: Any) -> Iterator[str]:
        if want == value and have not in (None, value):
            yield words

    return check


def moves(want: Any, have: Any) -> Iterator[str]:
    """Yield that rights in its former compartment end; those in the root hold everywhere."""
    if have and have != want and not str(have).startswith(ROOT):
        yield f"It is moved out of the compartment {have}: rights that were given there end."


def security_groups(want: Any, have: Any) -> Iterator[str]:
    """Yield that security groups decide from now on who reaches it, and which ones go."""
    now, then = (_groups(value) for value in (have, want))
    if then and not now:
        yield (
            "A security group is attached: from then on only its rules say who reaches this, and "
            "every other port of it is shut."
        )
    yield from items("Security group")(then, now)


def _groups(value: Any) -> Sequence[str]:
    found = value.get("nsgIds") if isinstance(value, Mapping) else value
    return found or ()


def rule(found: Mapping[str, Any]) -> str:
    """Return a rule of a security group or list in words."""
    protocol = str(found.get("protocol", "all"))
    what = [PROTOCOLS.get(protocol, f"IP protocol {protocol}"), *_ports(found)]
    source, destination = found.get("source"), found.get("destination")
    ends = [f"from {source}"] if source else []
    ends += [f"to {destination}"] if destination else []
    said = found.get("description")
    return " ".join([*what, *ends, *([f"({said})"] if said else [])])


def _ports(found: Mapping[str, Any]) -> Iterable[str]:
    options = found.get("tcpOptions") or found.get("udpOptions") or {}
    ports = options.get("destinationPortRange")
    if not ports:
        return ()
    first, last = ports["min"], ports["max"]
    return (f"port {first}",) if first == last else (f"ports {first} to {last}",)


def members(found: Any) -> str:
    """Return an object as its members, the empty ones left out."""
    if not isinstance(found, Mapping):
        return str(found)
    said = (f"{name} {value}" for name, value in found.items() if value not in (None, "", [], {}))
    return ", ".join(said)
