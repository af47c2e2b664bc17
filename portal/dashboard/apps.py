"""The Django configuration of the dashboard app."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The dashboard app."""

    name = "portal.dashboard"
    label = "dashboard"
