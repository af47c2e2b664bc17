"""Who loses their way in when the rules of a default security list go: what has no group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from environments.desired import Actual
from environments.kinds.update_cost import TAKES, UpdateCost
from environments.reconcile.change import TAKES_AWAY, Change
from portal.cloud.client import CloudClient

LIST = "default_security_list"
SERVICE = "container_instances"


def with_those_cut_off(
    changes: Sequence[Change], observed: Mapping[str, Actual | None], cloud: CloudClient
) -> list[Change]:
    """Name on the row of the list the load balancers and containers that only its rules let in.

    OCI is asked only when the plan takes the rules away. Other members of the subnets, such as
    virtual machines, are not known to the portal: the row says so.
    """
    vcn, compartment = observed.get("vcn"), observed.get("compartment")
    taking = any(change.key == LIST and change.action == TAKES_AWAY for change in changes)
    if not taking or vcn is None or compartment is None:
        return list(changes)
    subnets = {
        found.ocid
        for key, found in observed.items()
        if found and key.startswith("subnet.") and found.wire.get("vcnId") == vcn.ocid
    }
    cut_off = [
        *_balancers(cloud, compartment.ocid, subnets),
        *_containers(cloud, compartment.ocid, subnets),
    ]
    named = f"Nothing lets in any more: {', '.join(cut_off)}. " if cut_off else ""
    words = (
        f"{named}Whatever else stands in the subnets without a security group (virtual machines, "
        "bastions) can no longer be reached either, and reaches nothing."
    )
    cost = UpdateCost(TAKES, words)
    return [replace(one, costs=(*one.costs, cost)) if one.key == LIST else one for one in changes]


def _balancers(cloud: CloudClient, compartment: str, subnets: set[str]) -> Iterator[str]:
    for one in cloud.pages("load_balancer", "list_load_balancers", compartment):
        if subnets & set(one.get("subnetIds") or ()) and not one.get("networkSecurityGroupIds"):
            yield f"load balancer {one['displayName']}"


def _containers(cloud: CloudClient, compartment: str, subnets: set[str]) -> Iterator[str]:
    for one in cloud.pages(SERVICE, "list_container_instances", compartment):
        if one["lifecycleState"] in ("DELETED", "DELETING"):
            continue
        whole = cloud.read(SERVICE, "get_container_instance", one["id"]).data
        cards = [card["vnicId"] for card in whole.get("vnics") or () if card.get("vnicId")]
        for card in (cloud.read("virtual_network", "get_vnic", card).data for card in cards):
            if card["subnetId"] in subnets and not card.get("nsgIds"):
                yield f"container instance {one['displayName']}"
