"""Signing in by single sign-on: who gets in, as whom, with which role, and what the trail says."""

import pytest
from django.db import connection

from portal.accounts.models import User
from tests.accounts.provider_double import begin, sign_in_through


def trail(verb: str) -> list[dict]:
    """Return the rows of one verb, oldest first."""
    import json

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_event ORDER BY id")
        rows = [json.loads(bytes(row[0])) for row in cursor.fetchall()]
    return [row for row in rows if row["verb"] == verb]


pytestmark = pytest.mark.django_db


def test_it_signs_a_deployer_in(client, provider):
    answer = sign_in_through(client, provider)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(subject="dan")
    assert (user.issuer, user.username, user.roles) == (provider.issuer, "dan", ["conceptlens-deployers"])
    assert client.get("/admin/").status_code == 200


def test_it_asks_for_a_code_with_pkce_and_nonce(client, provider):
    sent = begin(client, provider)
    assert (sent.response_type, sent.code_challenge_method) == ("code", "S256")
    assert len(sent.state) == 32 and len(sent.nonce) == 32
    assert "groups" in sent.scope.split()
