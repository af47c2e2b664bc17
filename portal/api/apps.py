"""The Django configuration of the api app."""

from importlib import import_module

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The api app."""

    name = "portal.api"
    label = "api"

    def ready(self) -> None:
        """Let the schema generator find our extensions; they import the framework, which
        reads settings that name this app.
        """
        import_module("portal.api.schema")
