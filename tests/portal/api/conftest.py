"""A client that carries a token, for each person of the cast."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.api.models import ApiToken
from portal.lib.clock import now

SCOPES = ["read", "audit", "deploy", "approve", "admin"]


class Api:
    """A client of the REST API; every answer must be JSON in our shape unless it is a stream."""

    def __init__(self, secret):
        self.client = Client(
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            raise_request_exception=False,
        )

    def get(self, path, **params):
        return self.client.get(f"/api/v1/{path}", params)

    def post(self, path, data=None, *, key=None):
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            f"/api/v1/{path}", data or {}, content_type="application/json", headers=headers
        )

    def body(self, path, **params):
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.content
        return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.fixture
def token_for(db):
    """Return a function that makes a token of a person and gives its secret."""

    def make(owner, scopes=SCOPES, name="test"):
        return ApiToken.create(
            name=name,
            owner=owner,
            scopes=scopes,
            expires_at=now() + timedelta(days=1),
            by="command:test",
        )[1]

    return make


@pytest.fixture
def api(cast, token_for):
    """Return a function: `api(cast.deployer)` is a client with a token of all scopes, `api()`
    one without.
    """

    def make(owner=None, scopes=SCOPES, name="test"):
        return Api(token_for(owner, scopes, name) if owner else "")

    return make


def error(answer, status):
    """Return the words of a refused request after looking at its shape."""
    assert answer.status_code == status, (answer.status_code, answer.content[:400])
    told = answer.json()
    assert set(told) == {"error"} and set(told["error"]) == {
        "code",
        "message",
        "next_step",
        "request_id",
    }
    assert "Traceback" not in answer.content.decode()
    return told["error"]
