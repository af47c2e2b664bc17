"""What OCI's lifecycle states mean to every kind; each kind names its good states itself."""

from datetime import UTC, datetime, time, timedelta

from portal.lib.clock import now

BUSY = {
    "PROVISIONING",
    "CREATING",
    "UPDATING",
    "STARTING",
    "MOVING",
    "ENABLING",
    "DISABLING",
    "RESTORING",
    "BACKUP_IN_PROGRESS",
    "CANCELLING_DELETION",
}
GONE = {"TERMINATING", "TERMINATED", "DELETING", "DELETED"}
DYING = {"PENDING_DELETION", "SCHEDULING_DELETION"}
BROKEN = {"FAILED"}


def is_busy(state: str) -> bool:
    """Say whether OCI is still at work on it."""
    return state.upper() in BUSY


def is_gone(state: str) -> bool:
    """Say whether it is deleted, or on its way without return."""
    return state.upper() in GONE


def is_dying(state: str) -> bool:
    """Say whether its deletion is scheduled and can still be cancelled."""
    return state.upper() in DYING


def is_broken(state: str) -> bool:
    """Say whether OCI has given up on it."""
    return state.upper() in BROKEN


def first_midnight_after(days: int) -> str:
    """Return the first midnight (UTC) that is at least so many days ahead: the same when the
    call is sent again.
    """
    day = (now() + timedelta(days=days + 1)).date()
    return datetime.combine(day, time.min, UTC).isoformat()
