"""API tokens: hashed, scoped, expiring, never more than their owner may."""

from datetime import timedelta

import pytest

from portal.accounts.roles import Role
from portal.api.models import ApiToken
from portal.audit.models import Event
from portal.lib.clock import now
from portal.lib.refusal import Invalid
from tests.portal.accounts.people import sign_in
from tests.portal.api.conftest import Api, error

pytestmark = pytest.mark.django_db


def make(owner, scopes=("read",), *, days=1, name="ci"):
    return ApiToken.create(
        name=name,
        owner=owner,
        scopes=list(scopes),
        expires_at=now() + timedelta(days=days),
        by="user:ada",
    )


def test_a_token_lets_in_and_its_secret_is_nowhere(cast):
    token, secret = make(cast.auditor, ["audit"])
    assert Api(secret).get("audit/head").status_code == 200
    assert secret not in "".join(map(str, ApiToken.objects.values_list())) + "".join(
        Event.objects.values_list("body", flat=True)
    )
    token.refresh_from_db()
    assert token.last_used_at is not None and len(secret) >= 43


def test_creating_and_revoking_are_audited_and_revoking_twice_is_one_act(cast):
    token, secret = make(cast.auditor, ["audit"])
    token.revoke("user:ada")
    token.revoke("user:eve")
    assert list(Event.objects.order_by("id").values_list("verb", "actor", "subject")) == [
        ("access.token_created", "user:ada", "token:audrey/ci"),
        ("access.token_revoked", "user:ada", "token:audrey/ci"),
    ]
    assert "revoked" in error(Api(secret).get("audit/head"), 401)["message"]


def test_expired_revoked_and_switched_off_are_refused_and_leave_a_row(cast):
    _, secret = make(cast.auditor, ["audit"])
    ApiToken.objects.update(expires_at=now())
    assert "expired" in error(Api(secret).get("audit/head"), 401)["message"]
    row = Event.objects.latest("id")
    assert (row.verb, row.actor, row.outcome) == (
        "access.login_failed",
        "token:audrey/ci",
        "refused",
    )
    ApiToken.objects.update(expires_at=now() + timedelta(days=1))
    cast.auditor.is_active = False
    cast.auditor.save()
    assert "disabled account" in error(Api(secret).get("audit/head"), 401)["message"]


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "bearer portal_x", "Bearer \xe9"])
def test_a_made_up_token_is_refused_without_filling_the_trail(db, header):
    answer = Api("").client.get("/api/v1/audit/head", headers={"Authorization": header})
    assert (
        error(answer, 401)["code"] == "unauthenticated" and answer["WWW-Authenticate"] == "Bearer"
    )
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("roles", "scopes", "acts_as"),
    [
        ([Role.ADMIN], ["read"], [Role.READONLY]),
        (
            [Role.ADMIN],
            ["read", "audit", "deploy", "admin"],
            [Role.READONLY, Role.AUDITOR, Role.DEPLOYER, Role.ADMIN],
        ),
        ([Role.DEPLOYER], ["read", "audit", "deploy", "admin"], [Role.READONLY, Role.DEPLOYER]),
        ([Role.AUDITOR], ["audit", "admin"], [Role.AUDITOR]),
        ([Role.READONLY], ["deploy"], []),
        ([], ["read", "admin"], []),
    ],
)
def test_a_token_never_has_more_than_its_owner_has_now(cast, roles, scopes, acts_as):
    token, _ = make(cast.stranger, scopes)
    token.owner.roles = [role.value for role in roles]
    assert token.acting().roles == acts_as


def test_losing_a_role_ends_what_the_token_may_at_once(cast):
    _, secret = make(cast.auditor, ["audit"])
    cast.auditor.roles = [Role.READONLY]
    cast.auditor.save()
    assert error(Api(secret).get("audit/head"), 403)["code"] == "forbidden"
    row = Event.objects.latest("id")
    assert (row.verb, row.actor, row.outcome) == ("access.refused", "token:audrey/ci", "refused")


def test_the_person_behind_a_token_cannot_be_saved_with_the_roles_of_the_token(cast):
    token, _ = make(cast.admin)
    acting = token.acting()
    assert acting.actor == "token:ada/ci" and acting.pk == cast.admin.pk and acting == cast.admin
    with pytest.raises(TypeError):
        acting.save()


@pytest.mark.parametrize("days", [-1, 0, 91])
def test_a_token_that_never_lives_or_lives_too_long_is_not_made(cast, days):
    with pytest.raises(Invalid, match="at most 90 days"):
        make(cast.auditor, days=days)
    assert not ApiToken.objects.exists() and not Event.objects.exists()


def form(**changes):
    day = now() + timedelta(days=30)
    data = {
        "name": "ci",
        "scopes": ["read", "audit"],
        "expires_at_0": f"{day:%Y-%m-%d}",
        "expires_at_1": "12:00:00",
    }
    return {**data, **changes}


def test_an_admin_makes_a_token_on_a_page_that_shows_the_secret_once(client, cast):
    sign_in(client, cast.admin)
    page = client.post("/admin/api/apitoken/add/", form())
    assert page.status_code == 200, page.content
    secret = page.context["secret"]
    assert ApiToken.objects.get().owner == cast.admin
    assert secret in page.content.decode() and "no-store" in page["Cache-Control"]
    assert Api(secret).get("audit/head").status_code == 200
    for address in (
        "/admin/api/apitoken/",
        f"/admin/api/apitoken/{ApiToken.objects.get().pk}/change/",
    ):
        assert secret not in client.get(address).content.decode()
    assert secret not in str(dict(client.session)) and "messages" not in client.cookies


@pytest.mark.parametrize(
    "change",
    [{"scopes": ["root"]}, {"scopes": []}, {"name": "Bad Name"}, {"expires_at_0": "2999-01-01"}],
    ids=str,
)
def test_a_form_that_cannot_be_used_is_shown_again_and_nothing_is_made(client, cast, change):
    sign_in(client, cast.admin)
    assert client.post("/admin/api/apitoken/add/", form(**change)).status_code == 200
    assert not ApiToken.objects.exists()


def test_making_a_token_takes_a_fresh_sign_in(client, cast, settings):
    settings.IDENTITY_WRITE_SECONDS = settings.IDENTITY_READ_SECONDS = 10_000
    sign_in(client, cast.admin, seconds_ago=3600)
    assert client.post("/admin/api/apitoken/add/", form()).status_code == 403
    assert not ApiToken.objects.exists()


def test_a_token_is_made_for_nobody_but_its_maker(client, cast):
    sign_in(client, cast.admin)
    client.post("/admin/api/apitoken/add/", form(owner=cast.other_deployer.pk))
    assert ApiToken.objects.get().owner == cast.admin


@pytest.mark.parametrize("who", ["deployer", "readonly", "auditor", "stranger"])
def test_nobody_else_makes_or_revokes_tokens(client, cast, who):
    token, _ = make(cast.admin)
    sign_in(client, getattr(cast, who))
    assert client.post("/admin/api/apitoken/add/", form(name="two")).status_code in (302, 403)
    client.post(
        "/admin/api/apitoken/",
        {"action": "revoke", "_selected_action": [token.pk], "confirmed": "yes"},
    )
    assert ApiToken.objects.get().state == "active"


def test_an_admin_revokes_from_the_list_and_no_token_can_be_changed_or_deleted(client, cast):
    token, secret = make(cast.auditor, ["audit"])
    sign_in(client, cast.admin)
    client.post(
        "/admin/api/apitoken/",
        {"action": "revoke", "_selected_action": [token.pk], "confirmed": "yes"},
    )
    assert Api(secret).get("audit/head").status_code == 401
    assert (
        client.post(f"/admin/api/apitoken/{token.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    client.post(f"/admin/api/apitoken/{token.pk}/change/", form(name="other"))
    token.refresh_from_db()
    assert (token.name, token.owner, token.state) == ("ci", cast.auditor, "revoked")
