"""The models of notifications."""

from portal.notifications.models.notice import Channel, Notice
from portal.notifications.models.preference import NotificationPreference
from portal.notifications.models.rota import Rota, RotaMember, RotaOverride
from portal.notifications.models.webhook import Webhook, WebhookFormat

__all__ = [
    "Channel",
    "Notice",
    "NotificationPreference",
    "Rota",
    "RotaMember",
    "RotaOverride",
    "Webhook",
    "WebhookFormat",
]
