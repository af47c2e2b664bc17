"""Alarms, incidents and runbooks in the admin."""

from runbooks.admin.evidence import AlarmAdmin, IncidentAdmin, NotificationAdmin
from runbooks.admin.runbook import RunbookAdmin

__all__ = ["AlarmAdmin", "IncidentAdmin", "NotificationAdmin", "RunbookAdmin"]
