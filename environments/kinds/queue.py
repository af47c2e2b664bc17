"""A queue: runs that wait for a worker, with the dead letters inside it."""

from typing import Any

from environments.desired import Desired, Found
from environments.kinds.kind import Hand, Kind, Scope, seen


class Queue(Kind):
    """Its messages are put and taken at an endpoint of its own."""

    name = "queue"
    group = "Delivery"
    in_place = frozenset(
        {"displayName", "visibilityInSeconds", "timeoutInSeconds", "deadLetterQueueDeliveryCount", "channelConsumptionLimit"}
        | {"freeformTags", "definedTags"}
    )
    work_requests = "queue_admin"
    seconds = 20
    instead = "Put the setting back; or let the workers empty the queue, delete it in OCI, and plan again."

    def read(self, scope: Scope, want: Desired, ocid: str = "") -> Found | None:
        """Read by OCID, else by tag or name in the compartment."""
        found = scope.get("queue_admin", "get_queue", ocid, make=_seen) if ocid else None
        place = {"compartment_id": want.place["compartmentId"]}
        return found or scope.search(want, "queue_admin", "list_queues", make=_seen, get="get_queue", **place)

    def create(self, hand: Hand, want: Desired) -> Found | None:
        """Order it; OCI answers with a work request."""
        hand.change("queue_admin", "create_queue", {**want.place, **want.fields})
        return None

    def update(self, hand: Hand, want: Desired, found: Found, fields: dict[str, Any]) -> Found | None:
        """Change times, dead letters or tags; how long messages are kept is fixed (UpdateQueueDetails does not have it)."""
        hand.change("queue_admin", "update_queue", found.ocid, fields, target=found.ocid)
        return None

    def delete(self, hand: Hand, found: Found) -> None:
        """Delete it with the messages in it."""
        hand.change("queue_admin", "delete_queue", found.ocid, target=found.ocid)


def _seen(wire: dict[str, Any]) -> Found:
    return seen(wire, messagesEndpoint=wire.get("messagesEndpoint"))
