"""The type of a request behind `role_required`: somebody is signed in."""

from django.http import HttpRequest

from portal.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request whose user is a person."""

    user: User
