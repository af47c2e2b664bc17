"""The roles that a token may use, beside the scopes that its acts must name."""

from typing import Any

from portal.accounts.roles import Role, has_role
from portal.acts.spec import TokenScope

# scope: (role that the token acts with, roles of which the owner must hold one at that moment)
_ROLES: dict[TokenScope, tuple[Role, tuple[Role, ...]]] = {
    TokenScope.READ: (Role.READONLY, tuple(Role)),
    TokenScope.AUDIT: (Role.AUDITOR, (Role.AUDITOR, Role.ADMIN)),
    TokenScope.DEPLOY: (Role.DEPLOYER, (Role.DEPLOYER, Role.ADMIN)),
    TokenScope.APPROVE: (Role.DEPLOYER, (Role.DEPLOYER, Role.ADMIN)),
    TokenScope.ADMIN: (Role.ADMIN, (Role.ADMIN,)),
}


def roles_of(scopes: list[str], owner: Any) -> list[str]:
    """Return the most that a token with these scopes may use: never more than its owner holds now.

    A role alone permits nothing: the act must name one of the scopes as well.
    """
    pairs = [_ROLES[TokenScope(scope)] for scope in scopes]
    return list(dict.fromkeys(role.value for role, needed in pairs if has_role(owner, *needed)))
