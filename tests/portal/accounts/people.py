"""The cast: one person per role, and how a test signs one in."""

import time
from types import SimpleNamespace

import pytest

from portal.accounts.identity import Identity, keep, remember_browser
from portal.accounts.models import User
from portal.accounts.roles import Role

ISSUER = "http://identity.test"
CAST = {
    "admin": ("ada", "Ada Admin", [Role.ADMIN]),
    "deployer": ("dan", "Dan Deployer", [Role.DEPLOYER]),
    "other_deployer": ("dora", "Dora Deployer", [Role.DEPLOYER]),
    "readonly": ("rory", "Rory Reader", [Role.READONLY]),
    "auditor": ("audrey", "Audrey Auditor", [Role.AUDITOR]),
    "stranger": ("sam", "Sam Stranger", []),
}


def person(username: str, *, name: str = "", roles: list[str] | None = None) -> User:
    """Make (or find) somebody known by single sign-on."""
    first, _, last = name.partition(" ")
    user, _ = User.objects.update_or_create(
        issuer=ISSUER,
        subject=username,
        defaults={
            "username": username,
            "first_name": first,
            "last_name": last,
            "roles": list(roles or []),
        },
    )
    return user


def make_cast() -> SimpleNamespace:
    """Make (or find) all six people; for tests with their own database fixture, such as
    `committed_db`.
    """
    there = User.objects.filter(
        issuer=ISSUER, subject__in=[username for username, _, _ in CAST.values()]
    )
    if there.exists():
        people = [
            person(username, name=name, roles=roles) for username, name, roles in CAST.values()
        ]
    else:
        people = User.objects.bulk_create(
            _new(*member) for member in CAST.values()
        )  # this runs before most tests
    return SimpleNamespace(**dict(zip(CAST, people, strict=True)))


def _new(username: str, name: str, roles: list[str]) -> User:
    first, _, last = name.partition(" ")
    return User(
        issuer=ISSUER,
        subject=username,
        username=username,
        first_name=first,
        last_name=last,
        roles=list(roles),
    )


def sign_in(client, user: User, *, seconds_ago: int = 0):
    """Give the test client a session as after a sign-in by single sign-on, just now unless
    told otherwise; return the client.
    """
    client.force_login(user, backend="portal.accounts.oidc.PortalOIDCBackend")
    session = client.session
    at = int(time.time()) - seconds_ago
    keep(session, Identity(issuer=user.issuer, sub=user.subject, signed_in_at=at, checked_at=at))
    remember_browser(None, SimpleNamespace(session=session, META=client.defaults))
    session.save()
    return client


@pytest.fixture
def cast(db):
    """Return the six people: `.admin .deployer .other_deployer .readonly .auditor .stranger`."""
    return make_cast()
