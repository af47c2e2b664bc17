"""Who may use an address of the REST API; each act asks its own predicate besides."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts.roles import Role, has_role


class HasRole(BasePermission):
    """Lets in accounts that hold any role."""

    roles: tuple[Role, ...] = ()

    def has_permission(self, request: Request, view: Any) -> bool:
        """Say whether the caller holds one of the roles."""
        return has_role(request.user, *self.roles)


class ReadsAudit(HasRole):
    """Lets in those who may pull the audit trail."""

    roles = (Role.AUDITOR, Role.ADMIN)


class Works(HasRole):
    """Lets in those who may cancel and resume jobs: the same as `Job.can_cancel` and `Job.can_resume` ask of a person."""

    roles = (Role.DEPLOYER, Role.ADMIN)
