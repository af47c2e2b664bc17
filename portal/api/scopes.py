"""What a token may do: scopes, each standing for at most one role of its owner."""

from enum import StrEnum
from typing import Any

from portal.accounts.roles import Role, has_role


class Scope(StrEnum):
    """A right that a token can carry."""

    READ = "read"
    AUDIT = "audit"
    DEPLOY = "deploy"
    APPROVE = "approve"
    ADMIN = "admin"


# scope: (role that the token acts with, roles of which the owner must hold one at that moment)
_STANDS_FOR: dict[Scope, tuple[Role, tuple[Role, ...]]] = {
    Scope.READ: (Role.READONLY, tuple(Role)),
    Scope.AUDIT: (Role.AUDITOR, (Role.AUDITOR, Role.ADMIN)),
    Scope.DEPLOY: (Role.DEPLOYER, (Role.DEPLOYER, Role.ADMIN)),
    Scope.APPROVE: (Role.DEPLOYER, (Role.DEPLOYER, Role.ADMIN)),
    Scope.ADMIN: (Role.ADMIN, (Role.ADMIN,)),
}


def roles_of(scopes: list[str], owner: Any) -> list[str]:
    """Return the roles that a token with these scopes acts with: never more than its owner holds now."""
    pairs = [_STANDS_FOR[Scope(scope)] for scope in scopes]
    return list(dict.fromkeys(role.value for role, needed in pairs if has_role(owner, *needed)))
