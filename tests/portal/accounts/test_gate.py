"""The gate in front of every page: who passes, who is sent to sign in, what each answer carries."""

from tests.portal.accounts.people import sign_in


def test_it_shows_the_sign_in_page(client, db):
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    assert b"Sign in with single sign-on" in page.content
    assert page["Cache-Control"] == "no-store" or "no-store" in page["Cache-Control"]


def test_it_refuses_the_sign_up_page(client, db):
    assert client.get("/accounts/signup/").status_code == 404


def test_it_lets_a_role_into_the_admin(client, cast):
    assert sign_in(client, cast.readonly).get("/admin/").status_code == 200


def test_it_ends_the_session_of_a_person_without_a_role(client, cast):
    answer = sign_in(client, cast.stranger).get("/admin/")
    assert answer.status_code == 403
    assert "identity" not in client.session
