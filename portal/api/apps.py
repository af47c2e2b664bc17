"""The Django configuration of the api app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The api app."""

    name = "portal.api"
    label = "api"
