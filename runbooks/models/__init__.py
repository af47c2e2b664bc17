"""The rows of the runbooks app."""

from runbooks.models.alarm import Alarm
from runbooks.models.incident import Entry, Incident
from runbooks.models.notification import Notification
from runbooks.models.runbook import Runbook

__all__ = ["Alarm", "Entry", "Incident", "Notification", "Runbook"]
