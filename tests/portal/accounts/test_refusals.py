"""How the portal says no: a page or JSON with words, the next step and an id, and a row in
the trail.
"""

import logging
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from portal.accounts import signins
from portal.accounts.access import allow, fresh_required, role_required
from portal.accounts.models import User
from portal.accounts.rate_limit import address_of
from portal.accounts.roles import Role
from portal.audit.verbs import Verb
from portal.cloud.errors import NotFoundOrForbidden, Throttled
from portal.lib.act import Act
from portal.lib.refusal import Invalid, Missing, Refused
from tests.portal.accounts.matrix import EVERYBODY, check_doors
from tests.portal.accounts.people import person, sign_in
from tests.portal.accounts.trail import trail

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def raising(error: Exception):
    def view(request):
        with transaction.atomic():
            person("made-in-vain")
            raise error

    return view


def asks(request):
    allow(
        request.user.username == "ada",
        request.user,
        "apply plans to prod",
        act=Act(Verb.PLAN_APPLY, "plan:7", "prod"),
    )
    return HttpResponse("done")


urlpatterns = [
    path(
        "refused/",
        raising(
            Refused("The plan is stale.", next_step="Plan again.", act=Act("", "plan:7", "dev"))
        ),
    ),
    path("missing/", raising(Missing("There is no environment x."))),
    path("invalid/", raising(Invalid("The field y is empty."))),
    path("denied/", raising(PermissionDenied())),
    path(
        "cloud/",
        raising(NotFoundOrForbidden("VCN not found.", request_id="opc-1", operation="GetVcn")),
    ),
    path("busy/", raising(Throttled("Too many calls.", request_id="opc-2"))),
    path("broken/", raising(ValueError("secret-in-the-message"))),
    path("away/", raising(OperationalError("no database"))),
    path("api/v1/refused/", raising(Refused("The plan is stale.", next_step="Plan again."))),
    path("asks/", asks),
    path(
        "deployers/", role_required(Role.DEPLOYER, Role.ADMIN)(lambda request: HttpResponse("in"))
    ),
    path("anybody/", role_required()(lambda request: HttpResponse("in"))),
    path("dangerous/", fresh_required(lambda request: HttpResponse("done"))),
    path("", include("portal.urls")),
]
handler400 = "portal.accounts.refusals.bad_request"
handler403 = "portal.accounts.refusals.forbidden"
handler404 = "portal.accounts.refusals.not_found"
handler500 = "portal.accounts.refusals.server_error"


@pytest.fixture
def dan(client, cast):
    client.raise_request_exception = False
    return sign_in(client, cast.deployer)


def test_it_shows_what_to_do_next(dan):
    answer = dan.post("/refused/")
    assert answer.status_code == 409
    assert b"The plan is stale." in answer.content and b"Plan again." in answer.content


def test_it_rolls_the_act_back_and_keeps_the_row(dan):
    dan.post("/refused/")
    assert not User.objects.filter(username="made-in-vain").exists()
    [row] = trail("access.refused")
    assert (row["actor"], row["subject"], row["environment"], row["outcome"]) == (
        "user:dan",
        "plan:7",
        "dev",
        "refused",
    )
    assert row["detail"] == {"reason": "The plan is stale.", "method": "POST", "path": "/refused/"}


def test_the_row_and_the_page_carry_the_same_id(dan):
    answer = dan.post("/refused/")
    assert trail("access.refused")[0]["request_id"] == answer["X-Request-Id"]
    assert answer["X-Request-Id"].encode() in answer.content


def test_it_answers_the_api_in_json(dan):
    answer = dan.post("/api/v1/refused/")
    told = {
        "code": "refused",
        "message": "The plan is stale.",
        "next_step": "Plan again.",
        "request_id": answer["X-Request-Id"],
    }
    assert answer.json() == {"error": told}


def test_looking_for_what_is_not_there_is_no_row(dan):
    assert dan.get("/missing/").status_code == 404
    assert dan.get("/invalid/").status_code == 400
    assert trail("access.refused") == []


def test_trying_something_on_what_is_not_there_is_a_row(dan):
    dan.post("/missing/")
    assert trail("access.refused")[0]["detail"]["reason"] == "There is no environment x."


def test_a_denial_is_a_row_even_for_looking(dan):
    assert dan.get("/denied/").status_code == 403
    assert len(trail("access.refused")) == 1


def test_trouble_with_the_cloud_is_told_with_oracles_id(dan):
    answer = dan.get("/cloud/")
    assert answer.status_code == 502
    assert (
        b"opc-1" in answer.content
        and b"GetVcn" in answer.content
        and b"Two causes look the same" in answer.content
    )
    assert dan.get("/busy/").status_code == 503


def test_a_mistake_shows_an_id_and_nothing_else(dan, caplog):
    with caplog.at_level(logging.ERROR):
        answer = dan.post("/broken/", {"password": "typed-in-secret"})
    assert answer.status_code == 500
    assert answer["X-Request-Id"].encode() in answer.content
    assert b"secret-in-the-message" not in answer.content and b"Traceback" not in answer.content
    assert "typed-in-secret" not in caplog.text and answer["X-Request-Id"] in caplog.text


def test_a_missing_database_is_503_with_a_time_to_come_back(dan):
    answer = dan.get("/away/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_an_unknown_address_is_404(dan):
    answer = dan.get("/nowhere/<b>/")
    assert answer.status_code == 404 and b"&lt;b&gt;" in answer.content


def test_a_form_from_elsewhere_is_refused_and_recorded(cast):
    client = sign_in(Client(enforce_csrf_checks=True), cast.deployer)
    assert client.post("/refused/").status_code == 403
    assert "This form was not accepted" in trail("access.refused")[0]["detail"]["reason"]


def test_a_forged_host_is_refused():
    assert Client().get("/", headers={"Host": "evil.test"}).status_code == 400


def test_allow_names_person_act_and_groups(dan, cast):
    answer = dan.post("/asks/")
    assert answer.status_code == 403
    assert b"Dan Deployer may not apply plans to prod." in answer.content
    assert b"conceptlens-deployers" in answer.content
    [row] = trail("environment.apply_requested")
    assert (row["subject"], row["environment"], row["outcome"]) == ("plan:7", "prod", "refused")
    assert sign_in(dan, cast.admin).post("/asks/").content == b"done"


def test_role_required_lets_in_exactly_its_roles(cast):
    check_doors(cast, "get", "/deployers/", ["admin", "deployer", "other_deployer"])
    check_doors(cast, "get", "/anybody/", EVERYBODY)


def test_role_required_sends_strangers_to_sign_in():
    assert (
        Client().get("/deployers/?a=1")["Location"] == "/accounts/login/?next=/deployers/%3Fa%3D1"
    )


def test_role_required_tells_the_wrong_role_which_group_it_takes(client, cast):
    answer = sign_in(client, cast.readonly).get("/deployers/")
    assert b"conceptlens-deployers or conceptlens-admins" in answer.content
    assert trail("access.refused")[0]["actor"] == "user:rory"


def test_fresh_required_takes_a_young_sign_in(dan):
    assert dan.post("/dangerous/").content == b"done"


def test_fresh_required_asks_again_after_fifteen_minutes(client, cast):
    session_of = sign_in(client, cast.admin).session
    identity = session_of["identity"]
    session_of["identity"] = {**identity, "signed_in_at": identity["signed_in_at"] - 901}
    session_of.save()
    answer = client.post("/dangerous/", headers={"Referer": "http://testserver/jobs/"})
    assert answer.status_code == 403
    assert b"/accounts/again/?next=http%3A//testserver/jobs/" in answer.content
    assert (
        client.get("/accounts/again/?next=/jobs/")["Location"]
        == "/oidc/authenticate/?next=%2Fjobs%2F&again=1"
    )


def test_signing_in_again_never_leads_elsewhere(client, cast):
    sign_in(client, cast.admin)
    assert (
        client.get("/accounts/again/?next=https://evil.test/")["Location"]
        == "/oidc/authenticate/?next=%2F&again=1"
    )


@pytest.fixture
def minute(monkeypatch):
    """Return the clock of the limits, at the start of a minute."""
    clock = SimpleNamespace(now=1_800_000_000.0)
    monkeypatch.setattr("portal.accounts.rate_limit.time.time", lambda: clock.now)
    return clock


def junk(client, count):
    for _ in range(count):
        client.get("/oidc/callback/?state=x&code=y")


def test_strangers_cannot_fill_the_trail(client, minute, monkeypatch):
    monkeypatch.setattr("portal.accounts.rate_limit.PER_MINUTE", 3)
    for _ in range(6):
        client.post("/denied/")
    junk(client, 6)
    assert len(trail("access.refused")) == 3 and len(trail("access.login_failed")) == 3


def test_junk_at_one_door_hides_no_failed_sign_in_at_another(client, minute, cast):
    junk(client, 61)
    told = len(trail("access.login_failed"))
    client.post("/accounts/login/", {"login": "nobody-here", "password": "guess"})
    assert len(trail("access.login_failed")) == told + 1


def test_a_trickle_of_junk_does_not_prolong_the_limit(client, minute):
    for _ in range(5):
        junk(client, 70)
        minute.now += 61
    assert len(trail("access.login_failed")) == 5 * 60


def test_a_failed_sign_in_at_a_known_account_always_leaves_a_row(client, rf, minute, cast):
    for name, rows in (("nobody-here", 60), (cast.admin.username, 160)):
        for _ in range(100):
            signins.failed(rf.post("/"), "wrong_password", door="break-glass", username=name)
        assert len(trail("access.login_failed")) == rows


@pytest.mark.parametrize(
    ("proxies", "expected"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (5, "127.0.0.1")]
)
def test_a_forwarded_address_counts_only_as_far_as_proxies_are_trusted(
    rf, settings, proxies, expected
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = rf.get("/", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert address_of(request) == expected


def test_every_page_says_not_to_keep_it(dan):
    answer = dan.get("/anybody/")
    assert answer["Cache-Control"] == "no-store"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
