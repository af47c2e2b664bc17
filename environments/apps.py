"""The Django configuration of the environments app."""

from django.apps import AppConfig


class EnvironmentsConfig(AppConfig):
    """The environments app."""

    name = "environments"
