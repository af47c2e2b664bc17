"""The role matrix: one call tells which of the cast may do a thing, by every door."""

from collections.abc import Callable, Iterable
from types import SimpleNamespace

from django.test import Client

from tests.portal.accounts.people import CAST, sign_in

EVERYBODY = ("admin", "deployer", "other_deployer", "readonly", "auditor")  # all who hold a role
NOBODY = "anonymous"


def answers(
    cast: SimpleNamespace, method: str, address: str, data: dict | None = None, **more
) -> dict[str, int]:
    """Return the status that each person of the cast, and the anonymous, get at an address."""
    found = {NOBODY: getattr(Client(), method)(address, data, **more).status_code}
    for who in CAST:
        found[who] = getattr(sign_in(Client(), getattr(cast, who)), method)(
            address, data, **more
        ).status_code
    return found


def check_doors(
    cast, method: str, address: str, allowed: Iterable[str], data: dict | None = None, **more
) -> None:
    """Check that exactly the named people are let in, and that everybody else gets 401, 403 or the
    sign-in page.

    A door that redirects when it opens is fine for those who are named: they only must not be
    refused.
    """
    found = answers(cast, method, address, data, **more)
    allowed = set(allowed)
    refused = {who for who, status in found.items() if status in (401, 403)}
    assert not refused & allowed, f"{method} {address}: {sorted(refused & allowed)} were refused"
    let_in = {
        who for who, status in found.items() if who not in allowed and status not in (401, 403, 302)
    }
    assert not let_in, f"{method} {address}: {sorted(let_in)} were let in, with {found}"


def check_predicate(cast, predicate: Callable[[object], bool], allowed: Iterable[str]) -> None:
    """Check that a `can_*` predicate says yes to exactly the named people."""
    assert {who for who in CAST if predicate(getattr(cast, who))} == set(allowed)
