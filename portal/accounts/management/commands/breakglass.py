"""Make a break-glass account, or give one a new password and no second factor."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act

_ROLES = {role.name.lower(): role for role in Role}


class Command(BaseCommand):
    """`manage.py breakglass NAME --role admin`: the password is asked for, or made and shown
    once; never an argument.
    """

    help = (
        "Make a local account for when the identity provider is down. At the first sign-in it must"
        " set up a second factor."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name, the roles, and how the password comes about."""
        parser.add_argument("name")
        parser.add_argument(
            "--role",
            choices=sorted(_ROLES),
            action="append",
            default=[],
            help="may be given more than once",
        )
        parser.add_argument(
            "--generate", action="store_true", help="make a password and print it once"
        )
        parser.add_argument(
            "--reset",
            action="store_true",
            help="new password, second factor removed, roles kept unless given",
        )

    def handle(
        self, *args: Any, name: str, role: list[str], generate: bool, reset: bool, **options: Any
    ) -> None:
        """Make or reset the account, with its row in the audit trail."""
        user = self._account(name, [_ROLES[key].value for key in role], reset=reset)
        password = secrets.token_urlsafe(18) if generate or not sys.stdin.isatty() else _asked(user)
        with transaction.atomic():
            user.set_password(password)
            user.save()
            removed, _ = Authenticator.objects.filter(user=user).delete()
            audit(
                Act(Verb.BREAK_GLASS_ACCOUNT, user.actor),
                actor=f"command:{getpass.getuser()}",
                detail={"roles": user.roles, "reset": reset, "second_factors_removed": removed},
            )
        self.stdout.write(
            f"{name} holds {', '.join(user.roles)}. At the first sign-in it sets up a second"
            " factor."
        )
        if generate or not sys.stdin.isatty():
            self.stdout.write(f"Password, shown this once: {password}")

    def _account(self, name: str, roles: list[str], *, reset: bool) -> User:
        user = User.objects.filter(username=name).first()
        if user is not None and not user.is_break_glass:
            raise CommandError(f"{name} comes from the identity provider; choose another name.")
        if user is not None and not reset:
            raise CommandError(
                f"{name} exists. --reset gives it a new password and removes its second factor."
            )
        if user is None and not roles:
            raise CommandError("A new account needs at least one --role.")
        user = user or User(username=name)
        user.roles = roles or user.roles
        return user


def _asked(user: User) -> str:
    """Ask twice, and hold the password against the rules."""
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise CommandError("The two passwords differ. Nothing was done.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return password
