"""Authentication of programs by hashed, scoped, expiring tokens."""

import logging

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from portal.accounts.refusals import request_id
from portal.api.models import ActingToken, ApiToken, digest_of
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.lib.act import Act

logger = logging.getLogger(__name__)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer portal_...`; asked first, so that a request without any proof is
    answered 401.
    """

    def authenticate(self, request: Request) -> tuple[ActingToken, ApiToken] | None:
        """Return who acts; None when the request carries no bearer token."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = (
            ApiToken.objects.select_related("owner")
            .filter(digest=digest_of(secret.strip()))
            .first()
        )
        if token is None:
            logger.warning(
                "an unknown API token was presented (request %s)", request_id(request)
            )  # no row: strangers could fill it
            raise AuthenticationFailed("This API token is not known.")
        if token.state != "active" or not token.owner.is_active:
            self._refuse(request, token)
        token.note_use()
        return token.acting(), token

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme; without it the framework answers 403 to the anonymous."""
        return "Bearer"

    def _refuse(self, request: Request, token: ApiToken) -> None:
        why = f"is {token.state}" if token.state != "active" else "belongs to a disabled account"
        audit(
            Act(Verb.LOGIN_FAILED, f"page:{request.path}"),
            actor=token.actor,
            outcome=Outcome.REFUSED,
            request_id=request_id(request),
            detail={"reason": f"the token {why}"},
        )
        raise AuthenticationFailed(f"This API token {why}.")
