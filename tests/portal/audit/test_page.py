"""The page of the audit trail."""

import json

import pytest

from portal.audit import verifier
from portal.audit.checkpoint import checkpoint_now
from portal.audit.models import Event
from portal.audit.seal import seal_once
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db


def fill(count, **fields):
    for number in range(count):
        audit(
            Verb.PLAN_MADE,
            **{"actor": "user:dan", "subject": f"plan:{number}", "environment": "dev", **fields},
        )


@pytest.fixture
def page(client, cast):
    sign_in(client, cast.auditor)
    return lambda **wanted: client.get("/audit/", wanted)


def subjects(answer):
    return [row["event"].subject for row in answer.context["rows"]]


def test_it_shows_the_newest_first_and_goes_on_by_the_last_row_seen(page):
    fill(120)
    first = page()
    assert subjects(first)[:2] == ["plan:119", "plan:118"] and len(subjects(first)) == 50
    seen, answer = subjects(first), first
    while answer.context["older"]:
        answer = page(
            **dict(
                part.split("=")
                for part in (
                    answer.context["older"].replace("%3A", ":").replace("%2B", "+").split("&")
                )
            )
        )
        seen += subjects(answer)
    assert seen == [f"plan:{number}" for number in range(119, -1, -1)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"actor": "user:ada"}, ["a"]),
        ({"verb": "release.approved"}, ["v"]),
        ({"outcome": "refused"}, ["r"]),
        ({"until": "2020-01-01 00:00"}, []),
        ({"since": "2020-01-01 00:00", "actor": "user:ada"}, ["a"]),
    ],
)
def test_it_narrows_by_what_is_remembered(page, wanted, expected):
    fill(1, actor="user:ada", subject="a")
    audit(Verb.RELEASE_APPROVED, actor="user:dan", subject="v")
    audit(
        Verb.RELEASE_APPROVED,
        actor="user:x",
        subject="r",
        outcome=Outcome.REFUSED,
        detail={"reason": "Never your own."},
    )
    wanted = {"verb": "release.approved", **wanted} if "outcome" in wanted else wanted
    assert set(expected) <= set(subjects(page(**wanted))) and (
        expected or not subjects(page(**wanted))
    )


def test_a_refusal_says_why_and_a_row_opens_to_its_detail(page):
    audit(
        Verb.REFUSED,
        actor="user:<b>eve",
        outcome=Outcome.REFUSED,
        detail={"reason": "You <i>may</i> not.", "x": "</pre><script>"},
    )
    text = page().content.decode()
    assert (
        "You &lt;i&gt;may&lt;/i&gt; not." in text
        and "user:&lt;b&gt;eve" in text
        and "<details>" in text
    )
    assert "</pre><script>" not in text


@pytest.mark.parametrize(
    "wanted", [{"verb": "nonsense"}, {"since": "soon"}, {"environment": "mars"}, {"outcome": "x"}]
)
def test_a_filter_that_cannot_be_used_is_named_and_shows_no_rows(page, wanted):
    fill(2)
    answer = page(**wanted)
    assert (
        answer.status_code == 400
        and subjects(answer) == []
        and "errorlist" in answer.content.decode()
    )


@pytest.mark.parametrize("mark", ["x", "_", "2026-99-99_1", "2026-01-01T00:00:00_x", "\x00_1"])
def test_a_made_up_place_to_go_on_from_is_the_start(page, mark):
    fill(2)
    assert subjects(page(before=mark, actor="user:dan")) == ["plan:1", "plan:0"]


def test_the_number_of_queries_does_not_grow(page, django_assert_max_num_queries):
    fill(1)
    page()
    with django_assert_max_num_queries(14):
        page()
    fill(80)
    seal_once()
    checkpoint_now()
    with django_assert_max_num_queries(14):
        assert len(page().context["rows"]) == 50


def test_what_the_buttons_give_verifies_in_any_order(page, client, tmp_path):
    fill(20)
    seal_once()
    links = page(environment="").context["exports"]
    export = b"".join(client.get(f"/api/v1/audit/events?{links['rows']}").streaming_content)
    fill(3)
    (tmp_path / "head").write_bytes(client.get(f"/api/v1/audit/head?{links['rows']}").content)
    (tmp_path / "export").write_bytes(export)
    said = verifier.verify(str(tmp_path / "export"), [str(tmp_path / "head")])
    assert "none between them is missing" in said
    assert json.loads((tmp_path / "head").read_text())["size"] > len(export.splitlines())


@pytest.mark.parametrize(
    ("who", "buttons"),
    [("auditor", True), ("admin", True), ("deployer", False), ("readonly", False)],
)
def test_everybody_with_a_role_looks_and_auditors_download(client, cast, who, buttons):
    sign_in(client, getattr(cast, who))
    answer = client.get("/audit/")
    assert answer.status_code == 200 and ("audit/events" in answer.content.decode()) is buttons


def test_strangers_and_the_anonymous_see_nothing(client, cast):
    assert client.get("/audit/").status_code == 302
    sign_in(client, cast.stranger)
    assert client.get("/audit/").status_code in (302, 403)
    assert client.post("/audit/").status_code in (302, 403, 405)


def test_looking_leaves_no_row(page):
    before = Event.objects.count()
    page()
    assert Event.objects.count() == before


def test_people_only_leaves_out_what_the_portal_does_by_itself(page):
    for actor in (
        "system:schedule",
        "user:ada",
        "token:dan/ci",
        "job:1",
        "command:root",
        "anonymous",
    ):
        fill(1, actor=actor, subject=actor)
    assert set(subjects(page(by="people"))) == {"user:ada", "token:dan/ci", "command:root"}
    assert len(subjects(page())) == 6
    assert page(by="robots").status_code == 400
