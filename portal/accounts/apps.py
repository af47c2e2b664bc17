"""The Django configuration of the accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen to sign-ins and sign-outs, once the models that this needs are loaded."""
        import_module("portal.accounts.signins").listen()
