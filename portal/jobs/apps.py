"""The Django configuration of the jobs app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The jobs app."""

    name = "portal.jobs"
    label = "jobs"
