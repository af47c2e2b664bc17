"""Answers of OCI that mean "not known everywhere yet", and how long they are waited for. Pure."""

import re
from datetime import timedelta

from portal.cloud.errors import (
    AlreadyExists,
    BadRequest,
    CloudError,
    Conflict,
    MissingServiceRights,
    NotFoundOrForbidden,
    ResourceLocked,
)

LONGEST_WAIT = timedelta(minutes=5)  # how long such answers are waited for
RECENTLY = timedelta(minutes=10)  # how long after a job its work may still be unknown somewhere
# Kinds that other services learn of later: names and rights, and where resources live.
EVENTUAL_KINDS = frozenset(
    {"tag_namespace", "tag", "compartment", "group", "dynamic_group", "policy"}
)
# What OCI says in a 400 about a tag, compartment or group that it does not know.
_UNKNOWN_THING = re.compile(
    r"(?i)\b(tags?|tag ?namespaces?|compartments?|(dynamic.)?groups?)\b"
    r"|does(n.t| not) exist|not found|not authorized|no such"
)


def is_conflict(error: CloudError) -> bool:
    """Say whether another change goes on there at the moment: it ends by itself."""
    return isinstance(error, Conflict) and not isinstance(error, ResourceLocked)


def may_be_unknown(error: CloudError) -> bool:
    """Say whether OCI answers so about what exists but is not known there yet."""
    if isinstance(error, AlreadyExists):
        return False
    if isinstance(error, NotFoundOrForbidden | MissingServiceRights):
        return True
    return isinstance(error, BadRequest) and bool(_UNKNOWN_THING.search(error.message))
