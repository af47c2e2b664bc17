"""The Django configuration of the releases app."""

from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    """The releases app."""

    name = "releases"
