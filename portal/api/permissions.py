"""Who may use the REST API."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts.roles import has_role


class HasRole(BasePermission):
    """Lets in accounts that hold any role; each act asks its own predicate besides."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Say whether the caller holds a role."""
        return has_role(request.user)
