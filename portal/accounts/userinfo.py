"""What the provider says of a person now."""

from typing import Any

import requests
from requests.auth import AuthBase

from portal.accounts.discovery import endpoints
from portal.accounts.provider import call


class Bearer(AuthBase):
    """An access token in the Authorization header; unlike a plain header it is not replaced
    from a netrc file.
    """

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def userinfo(access_token: str) -> dict[str, Any]:
    """Return what the provider says about the holder of an access token, now."""
    return call("GET", endpoints().userinfo, auth=Bearer(access_token))
