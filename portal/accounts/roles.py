"""The four roles, named as the groups of the identity provider, and the question every
predicate asks.
"""

from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """A group of the identity provider that the portal knows."""

    ADMIN = "conceptlens-admins"
    DEPLOYER = "conceptlens-deployers"
    READONLY = "conceptlens-ops-readonly"
    AUDITOR = "conceptlens-auditors"


def has_role(user: Any, *roles: Role) -> bool:
    """Say whether the account is active and holds one of the roles (any role at all when none
    is named).
    """
    held = set(getattr(user, "roles", ()) or ()) if getattr(user, "is_active", False) else set()
    return bool(held & set(roles or Role))
