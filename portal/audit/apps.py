"""The Django configuration of the audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit app."""

    name = "portal.audit"
    label = "audit"
