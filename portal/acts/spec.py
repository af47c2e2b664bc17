"""What the table of acts says of one act."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.access import require_fresh_sign_in
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Invalid


class TokenScope(StrEnum):
    """A set of acts that an API token may carry out; each act names its one."""

    READ = "read"
    AUDIT = "audit"
    DEPLOY = "deploy"
    APPROVE = "approve"
    ADMIN = "admin"


class Danger(StrEnum):
    """What an act takes besides the role. A typed name includes the fresh sign-in."""

    NONE = "none"
    FRESH = "fresh sign-in"
    VERY_FRESH = "very fresh sign-in"
    TYPED_NAME = "typed name"


@dataclass(frozen=True, slots=True)
class ActField:
    """One input of an act: a text of `shortest` to `longest` characters, or a flag.

    `of_row` gives the value that the confirmation carries along unseen, such as the digest of the
    plan shown. `expected` gives the name that must be typed to confirm, empty when the row asks for
    none.
    """

    name: str
    label: str = field(default="", compare=False)
    longest: int = 2000
    shortest: int = 0
    required: bool = True
    flag: bool = False
    help: str = ""
    of_row: Callable[[Any], str] | None = None
    expected: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class ActSpec:
    """One act on one row of a model.

    `perform(row, user, **fields)` carries it out: it asks the predicate itself, refuses in words,
    writes the audit row, and returns a job, a row, a response or nothing. `roles` are those of
    which one is needed at least; `allowed(row, user)` is the whole predicate. `own_page` names the
    page of acts whose input fits no confirmation: a URL name and the attributes of the row that it
    takes, or `?name=attribute` for its query. `pages` are the names of the other URLs that do the
    same, `command` the management command. An act that `calls_oci` runs outside any transaction.
    """

    name: str
    label: str
    verb: Verb
    scope: TokenScope
    roles: tuple[Role, ...]
    allowed: Callable[[Any, Any], bool]
    perform: Callable[..., Any] | None = None
    _: KW_ONLY
    model: type[Model]
    effect: str
    fields: tuple[ActField, ...] = ()
    danger: Danger | Callable[[Any], Danger] = Danger.NONE
    own_page: tuple[str, ...] = ()
    summary: str = "portal/_act_row.html"
    pages: tuple[str, ...] = ()
    command: str = ""
    bulk: bool = True
    calls_oci: bool = False

    @property
    def action(self) -> str:
        """Return its name among the actions of its model."""
        return self.name.partition(".")[2]

    def address(self, row: Any) -> str:
        """Return the address of its own page."""
        name, *attributes = self.own_page
        if attributes[0].startswith("?"):
            key, _, attribute = attributes[0][1:].partition("=")
            return f"{reverse(name)}?{key}={attrgetter(attribute)(row)}"
        return reverse(name, args=[attrgetter(attribute)(row) for attribute in attributes])

    def act(self, row: Any) -> Act:
        """Return what permission, refusal and audit row speak of."""
        maker = getattr(row, "act", None)
        if maker is not None:
            made: Act = maker(self.verb)
            return made
        place = getattr(row, "environment", "")
        kind = row._meta.model_name
        return Act(self.verb, f"{kind}:{row.pk}", str(getattr(place, "slug", place)))

    def danger_of(self, row: Any) -> Danger:
        """Return what it takes for this row."""
        return self.danger if isinstance(self.danger, Danger) else self.danger(row)

    def check_sign_in(self, request: HttpRequest, row: Any) -> None:
        """Raise StaleSignIn when the session's proof is too old for this act on this row."""
        danger = self.danger_of(row)
        if danger is not Danger.NONE:
            very = danger is Danger.VERY_FRESH
            require_fresh_sign_in(
                request, "FRESH_BREAK_GLASS_SECONDS" if very else "FRESH_SIGN_IN_SECONDS"
            )

    def carry_out(self, row: Any, user: Any, given: dict[str, Any]) -> Any:
        """Carry it out with those of the values given that are its fields."""
        if self.perform is None:
            raise TypeError(f"{self.name} is carried out on a page of its own")
        names = [field.name for field in self.fields]
        return self.perform(row, user, **{name: given[name] for name in names if name in given})


def check_typed(
    typed: str, expected: str, act: Act, *, field: str = "environment", why: str = ""
) -> None:
    """Refuse unless the name that confirms a dangerous act was typed; an empty `expected`
    asks for none.
    """
    if expected and typed.strip() != expected:
        reason = f": {why}, so name it to confirm" if why else f": type {expected} to confirm"
        raise Invalid(f"{field} is {typed.strip()[:40]!r}{reason}. Nothing was changed.", act=act)
