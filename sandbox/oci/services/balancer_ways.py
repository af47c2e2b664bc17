"""Whether a load balancer reaches its backends, and visitors its listeners: the network's rules.

Visitors come from the internet, though the sandbox's are on this machine. The public address that
stands for them is of a block for documentation, so that only rules for everybody let them in.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.oci import reachability
from sandbox.oci.engine import Engine
from sandbox.oci.services import cards
from sandbox.oci.services.addresses import free_address, network
from sandbox.oci.services.vnics import taken
from sandbox.oci.store import Record

BALANCER = "load_balancer.LoadBalancer"
HOSTS = 2  # a load balancer is a pair of hosts, each of which checks the backends
VISITOR = reachability.Outside("203.0.113.10")
Key = tuple[str, int]


def take_addresses(engine: Engine, record: Record) -> None:
    """Give the hosts of a load balancer private addresses in its subnets."""
    hosts = record.hidden["hosts"] = list[str]()
    for at in range(HOSTS):
        key = record.body["subnetIds"][at % len(record.body["subnetIds"])]
        if subnet := engine.store.get("core.Subnet", key):
            block = network(subnet.body["cidrBlock"])
            hosts.append(free_address(block, taken(engine, key) | set(hosts)))


class Ways:
    """The ways of one load balancer, decided again when a rule, route or card has changed."""

    def __init__(self, engine: Engine, balancer: str) -> None:
        self._engine, self._balancer = engine, balancer
        self._revision = -1
        self._known: dict[Key, str] = {}

    def to_backend(self, address: str, port: int) -> str:
        """Return why a backend cannot be reached; "" when it can."""

        def decide(own: reachability.Card) -> str:
            card = cards.at_address(self._engine.store, own.vcn, address)
            if card is None:
                return f"nothing has the address {address}"
            return reachability.why_not(own, card, port)

        return self._decided((address, port), decide)

    def to_listener(self, port: int) -> str:
        """Return why no visitor reaches a listener's port; "" when they do."""
        return self._decided(("", port), lambda own: reachability.why_not(VISITOR, own, port))

    def _decided(self, key: Key, decide: Callable[[reachability.Card], str]) -> str:
        store = self._engine.store
        revision = sum(store.revision(kind) for kind in (*cards.KINDS, BALANCER))
        if revision != self._revision:
            self._known, self._revision = {}, revision
        if (words := self._known.get(key)) is None:
            with store.lock:
                record = store.get(BALANCER, self._balancer)
                if record is None or record.gone:
                    return "the load balancer is gone"
                words = decide(cards.card_of_balancer(store, record))
            self._known[key] = words
        return words
