"""The Django configuration of the runbooks app."""

from django.apps import AppConfig


class RunbooksConfig(AppConfig):
    """The runbooks app."""

    name = "runbooks"
