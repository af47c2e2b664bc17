"""Drift: what OCI shows differently from the settings, since when and by whom."""

from enum import StrEnum


class DriftKind(StrEnum):
    """What kind of difference it is."""

    CHANGED = "changed"
    MISSING = "missing"
    BLOCKED = "blocked"  # it exists, but a plan may not touch it
    PENDING = "pending"  # the settings changed, OCI did not yet
    UNMANAGED = "unmanaged"


DRIFT = (DriftKind.CHANGED, DriftKind.MISSING, DriftKind.BLOCKED)  # what somebody did in OCI
