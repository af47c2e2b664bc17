"""Who may use an address of the REST API; each act asks its own predicate besides."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.accounts.roles import Role, has_role
from portal.acts.spec import TokenScope
from portal.api.models import ApiToken


class HasRole(BasePermission):
    """Lets in accounts that hold one of the roles (any when none is named).

    A token reads with one of the scopes; it changes something only where the view names the acts,
    whose scopes the view checks.
    """

    roles: tuple[Role, ...] = ()
    scopes: tuple[TokenScope, ...] = (
        TokenScope.READ,
        TokenScope.DEPLOY,
        TokenScope.APPROVE,
        TokenScope.ADMIN,
    )

    def has_permission(self, request: Request, view: Any) -> bool:
        """Say whether the caller may come in."""
        return has_role(request.user, *self.roles) and self._scope_fits(request, view)

    def _scope_fits(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        if request.method not in SAFE_METHODS:
            return bool(getattr(view, "acts", ()))
        return not set(self.scopes).isdisjoint(request.auth.scopes)


class IsKnown(HasRole):
    """Lets in everybody with a role, with any token: for what says nothing of any environment."""

    scopes = tuple(TokenScope)


class ReadsAudit(HasRole):
    """Lets in those who may pull the audit trail."""

    roles = (Role.AUDITOR, Role.ADMIN)
    scopes = (TokenScope.AUDIT,)
