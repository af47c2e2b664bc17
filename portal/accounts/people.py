"""Finds or makes the account of a person whom the identity provider vouches for."""

import re
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from portal.accounts.claims import SignInRefused
from portal.accounts.models import User
from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.lib.act import Act

_TRIES = 20


def upsert_user(issuer: str, subject: str, facts: dict[str, Any], roles: list[str]) -> User:
    """Return the person's account with the roles of now, or raise SignInRefused when none remains
    or the account is off.

    The roles are stored before the refusal: a person who lost the last group loses it in every
    other session as well.
    """
    user = User.objects.filter(issuer=issuer, subject=subject).first()
    if user is None and roles:
        user = _create_user(issuer, subject, facts)
    if user is not None:
        update_from_claims(user, facts, roles)
    if user is None or not roles:
        step = "Ask the administrator of the groups for one of these, then sign in again:"
        raise SignInRefused(
            "no_role", "Your account has none of the groups that open the portal.", next_step=step
        )
    if not user.is_active:
        raise SignInRefused(
            "account_off",
            "This account is disabled in the portal.",
            next_step="Ask an administrator.",
        )
    return user


def update_from_claims(user: User, facts: dict[str, Any], roles: list[str]) -> None:
    """Store what the provider says about the person now; a change of roles is a row of the
    audit trail.
    """
    before = list(user.roles)
    with transaction.atomic():
        if (
            user.update_from_claims(
                first_name=_text(facts, "given_name") or _text(facts, "name"),
                last_name=_text(facts, "family_name"),
                email=_text(facts, "email"),
                roles=roles,
            )
            and before != roles
        ):
            audit(
                Act(Verb.ROLES_CHANGED, user.actor),
                actor="system:sign-in",
                detail={"before": before, "after": roles, "issuer": user.issuer},
            )


def _create_user(issuer: str, subject: str, facts: dict[str, Any]) -> User:
    """Make the account under the first free name: a name is never taken over from somebody else."""
    wanted = (
        re.sub(r"[^\w.@+-]", "-", _text(facts, "preferred_username") or subject)[:140] or "person"
    )
    for number in range(1, _TRIES + 1):
        name = wanted if number == 1 else f"{wanted}-{number}"
        try:
            with transaction.atomic():
                user, _ = User.objects.get_or_create(
                    issuer=issuer,
                    subject=subject,
                    defaults={"username": name, "password": make_password(None)},
                )
                return user
        except IntegrityError:
            continue
    raise SignInRefused(
        "no_name_left",
        f"There are too many accounts named {wanted}.",
        next_step="Ask an administrator.",
    )


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return value.replace("\x00", "")[:150] if isinstance(value, str) else ""
