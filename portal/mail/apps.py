"""The Django configuration of the mail app."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """The mail app."""

    name = "portal.mail"
    label = "mail"
