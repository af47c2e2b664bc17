"""What security rules open to the whole internet. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

ANYWHERE = ("0.0.0.0/0", "::/0")


def public_ports(rules: Iterable[Mapping[str, Any]], *, allowed: set[int]) -> list[str]:
    """Return each way in from anywhere that leads to another port than the allowed ones."""
    return [_reach(rule) for rule in rules if _from_anywhere(rule) and not _only(rule, allowed)]


def describe(rules: Iterable[Mapping[str, Any]], *, allowed: set[int]) -> str:
    """Return the public ports as a sentence, or nothing."""
    found = public_ports(rules, allowed=allowed)
    return f"The whole internet may reach {', '.join(found)}." if found else ""


def _from_anywhere(rule: Mapping[str, Any]) -> bool:
    return rule.get("direction", "INGRESS") == "INGRESS" and rule.get("source") in ANYWHERE


def _only(rule: Mapping[str, Any], allowed: set[int]) -> bool:
    ports = _ports(rule)
    return ports is not None and ports[0] == ports[1] and ports[0] in allowed


def _ports(rule: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the first and the last TCP port; nothing when the rule names none, which means
    all of them.
    """
    found = (
        (rule.get("tcpOptions") or {}).get("destinationPortRange")
        if str(rule.get("protocol")) == "6"
        else None
    )
    return (int(found["min"]), int(found["max"])) if found else None


def _reach(rule: Mapping[str, Any]) -> str:
    ports = _ports(rule)
    if ports:
        return (
            f"TCP port {ports[0]}"
            if ports[0] == ports[1]
            else f"TCP ports {ports[0]} to {ports[1]}"
        )
    protocol = {"6": "every TCP port", "17": "UDP", "1": "ICMP", "all": "everything"}
    return protocol.get(str(rule.get("protocol")), f"IP protocol {rule.get('protocol')}")
