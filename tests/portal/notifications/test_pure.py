"""What needs no database: grouping, bodies, signatures, shifts."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest

from portal.notifications.bodies import (
    SHOWN,
    OutgoingMessage,
    ToldEvent,
    json_body,
    mail_text,
    sign,
    slack_body,
    teams_body,
)
from portal.notifications.grouping import STORM, WINDOW, arrange
from portal.notifications.shifts import Override, Rotation

AT = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)


def event(title="5xx", **values):
    link = "https://portal.example/incidents/1/"
    return ToldEvent(
        **{
            "title": title,
            "words": "The alarm fires.",
            "link": link,
            "subject": "incident:1",
            "environment": "prod",
            "at": AT.isoformat(),
            **values,
        }
    )


def message(*events):
    return OutgoingMessage("id-1", "incident-opened", "Incident opened", events or [event()])


# --- grouping --------------------------------------------------------------------------
def test_a_few_events_are_told_one_by_one():
    new = [(n, "incident-opened") for n in range(STORM)]
    assert arrange(new, [], AT) == ([[n] for n in range(STORM)], {})


def test_a_storm_becomes_one_message_for_each_kind():
    new = [(n, "incident-opened") for n in range(STORM + 1)] + [(99, "hold-placed")]
    messages, held = arrange(new, [], AT)
    assert messages == [list(range(STORM + 1)), [99]] and not held


def test_what_follows_a_told_part_of_a_storm_waits_for_the_end_of_the_minute():
    recent = [("incident-opened", AT - timedelta(seconds=n)) for n in range(5, 5 + STORM)]
    messages, held = arrange([(1, "incident-opened"), (2, "hold-placed")], recent, AT)
    assert messages == [[2]]
    assert held == {1: AT - timedelta(seconds=5) + WINDOW}


def test_what_was_told_before_the_window_does_not_count():
    recent = [("incident-opened", AT - WINDOW)] * 50
    assert arrange([(1, "incident-opened")], recent, AT) == ([[1]], {})


# --- bodies ----------------------------------------------------------------------------
def test_a_mail_says_what_happened_and_leads_to_it():
    text = mail_text(message(), "You choose what you are told of at https://portal.example/n/")
    assert message().heading == "[prod] Incident opened: 5xx"
    assert text.startswith("5xx\n\nThe alarm fires.\n\nhttps://portal.example/incidents/1/\n\n-- ")


def test_a_storm_is_listed_and_cut():
    many = message(*[event(f"alarm {n}") for n in range(SHOWN + 3)])
    assert many.heading == f"[prod] Incident opened: {SHOWN + 3} times"
    text = mail_text(many, "x")
    assert f"alarm {SHOWN - 1}\n" in text and f"alarm {SHOWN}\n" not in text
    assert "and 3 more" in text and "and 3 more" in slack_body(many)["text"]


def test_a_card_stays_below_the_limit_of_teams():
    many = message(*[event("x" * 300) for _ in range(500)])
    assert len(json.dumps(teams_body(many))) < 28_000
    assert len(json.dumps(teams_body(message(event(words="*" * 4000))))) < 28_000


def test_the_generic_body_names_each_event():
    body = json_body(message())
    assert (body["id"], body["kind"]) == ("id-1", "incident-opened")
    assert body["events"][0]["link"] == "https://portal.example/incidents/1/"
    assert body["events"][0]["subject"] == "incident:1"


def test_a_title_cannot_mention_everybody_in_slack():
    text = slack_body(message(event("<!channel> & <https://evil|click>")))["text"]
    assert "<!channel>" not in text and "&lt;!channel&gt; &amp;" in text
    assert "<https://portal.example/incidents/1/|" in text


def test_a_title_cannot_make_a_link_in_teams():
    body = teams_body(message(event("[click](https://evil)")))
    card = body["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard" and body["type"] == "message"
    assert "[click](" not in card["body"][1]["text"]
    assert card["actions"][0]["url"] == "https://portal.example/incidents/1/"


def test_the_signature_is_that_of_timestamp_and_body():
    expected = hmac.new(b"key", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert sign("key", 1_700_000_000, b'{"a":1}') == f"sha256={expected}"


# --- shifts ----------------------------------------------------------------------------
BERLIN = Rotation([1, 2, 3], datetime(2026, 10, 19, 9), "Europe/Berlin")  # a Monday in summer time


@pytest.mark.parametrize(
    ("at", "person"),
    [
        (datetime(2026, 10, 19, 6, 59, tzinfo=UTC), None),  # not begun
        (datetime(2026, 10, 19, 7, 0, tzinfo=UTC), 1),
        (datetime(2026, 10, 26, 7, 59, tzinfo=UTC), 1),  # winter time: the change is an hour later
        (datetime(2026, 10, 26, 8, 0, tzinfo=UTC), 2),
        (datetime(2026, 11, 9, 8, 0, tzinfo=UTC), 1),
    ],
)
def test_the_week_changes_by_the_clock_on_the_wall(at, person):
    assert BERLIN.on_call(at) == person


def test_an_override_replaces_the_person_and_the_page_knows_who_is_next():
    at = datetime(2026, 10, 20, tzinfo=UTC)
    night = Override(9, at, at + timedelta(hours=8))
    rota = Rotation(BERLIN.people, BERLIN.begins, BERLIN.zone, [night])
    assert (rota.on_call(at), rota.on_call(night.ends)) == (9, 1)
    assert rota.next_change(at) == (night.ends, 1)
    assert rota.next_change(night.ends)[1] == 2


def test_one_person_alone_has_no_successor_and_no_people_are_no_one():
    alone = Rotation([1], BERLIN.begins, BERLIN.zone)
    assert alone.on_call(AT) == 1 and alone.next_change(AT) is None
    assert Rotation([], BERLIN.begins, "UTC").on_call(AT) is None
