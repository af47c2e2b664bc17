"""The Django configurations of the portal: its own app, for commands, and the admin site that
it puts in place of Django's.
"""

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate

from portal.databases import grant_runtime


class PortalConfig(AppConfig):
    """The app that carries the management commands."""

    name = "portal"

    def ready(self) -> None:
        """Give the runtime role its rights after each migration, use our Celery application,
        register our checks.
        """
        post_migrate.connect(
            grant_runtime, sender=apps.get_app_config("accounts")
        )  # sent once, after all migrations
        import_module("portal.celery")
        import_module("portal.checks")


class PortalAdminConfig(AdminConfig):
    """Puts our admin site in place of the default one."""

    default_site = "portal.site.PortalAdminSite"
