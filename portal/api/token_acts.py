"""What people may do to API tokens."""

from portal.accounts.access import allow
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.acts.spec import ActSpec, TokenScope
from portal.api.models import ApiToken
from portal.audit.verbs import Verb


def revoke(token: ApiToken, user: User) -> None:
    """End the token now."""
    allow(ApiToken.can_manage(user), user, "revoke API tokens", REVOKE.act(token))
    token.revoke(user.actor)


REVOKE = ActSpec(
    "token.revoke",
    "Revoke",
    Verb.TOKEN_REVOKED,
    TokenScope.ADMIN,
    (Role.ADMIN,),
    lambda row, user: ApiToken.can_manage(user),
    revoke,
    model=ApiToken,
    effect="Ends the tokens now: the next request with one of them is refused.",
)

ACTS = [REVOKE]
