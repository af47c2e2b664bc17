"""Who acts, as audit rows and jobs name them, and the account behind that name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor: `user:dan`, `token:dan/ci`, `command:root`, `system:drift`, `job:<id>` or
    `anonymous`.

    `kind` is the word before the colon; `account` the username of a person or of a token's owner,
    empty for the others.
    """

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Actor:
        """Return the actor that a row names."""
        kind, _, name = text.partition(":")
        return cls(kind, name)

    @property
    def account(self) -> str:
        """Return the username of the person who answers for the act; a token is named after
        its owner.
        """
        if self.kind == "token":
            return self.name.rpartition("/")[0]
        return self.name if self.kind == "user" else ""

    def user(self) -> User | None:
        """Return the person's account as it is now; None for what is no person, and for an
        account that is gone.
        """
        return User.objects.filter(username=self.account).first() if self.account else None


def may_still(actor: str, predicate: Callable[[User | None], bool]) -> bool:
    """Say whether the person who started something still may; commands and the portal itself
    answer to no predicate.
    """
    found = Actor.parse(actor)
    return predicate(found.user()) if found.account else True
