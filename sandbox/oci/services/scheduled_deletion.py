"""Deletion at a date: vaults, keys and secrets are never deleted at once."""

from __future__ import annotations

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.store import Due, Record

DAY = 86_400
SLACK = 60  # a caller computes "in 7 days" a moment before the server checks it
GOING = ("SCHEDULING_DELETION", "PENDING_DELETION")


def schedule(
    call: Call, record: Record, *, shortest: int, longest: int = 30, allowed: tuple[str, ...]
) -> Record:
    """Put a record on the way to PENDING_DELETION, and to DELETED at the given date (default: the
    latest).
    """
    state = record.body["lifecycleState"]
    if state not in allowed:
        raise errors.incorrect_state(f"{record.id} is {state}.")
    given = call.body.get("timeOfDeletion")
    at = moment(given) if given else call.now + longest * DAY
    if not call.now + shortest * DAY - SLACK <= at <= call.now + longest * DAY + SLACK:
        raise errors.invalid(f"timeOfDeletion must be {shortest} to {longest} days ahead.")
    record.hidden["before_deletion"] = state
    record.body |= {"lifecycleState": "SCHEDULING_DELETION", "timeOfDeletion": wire(at)}
    record.timeline = [
        Due(call.now + call.engine.clock.scaled(0.3), {"lifecycleState": "PENDING_DELETION"})
    ]
    record.timeline.append(Due(at, {"lifecycleState": "DELETED"}))
    return call.save(record)


def cancel(call: Call, record: Record) -> Record:
    """Take a deletion back."""
    if record.body["lifecycleState"] != "PENDING_DELETION":
        raise errors.incorrect_state(f"{record.id} is {record.body['lifecycleState']}.")
    record.body.pop("timeOfDeletion", None)
    record.body["lifecycleState"] = "CANCELLING_DELETION"
    before = record.hidden.pop("before_deletion")
    record.timeline = [Due(call.now + call.engine.clock.scaled(0.3), {"lifecycleState": before})]
    return call.save(record)
