"""A muted alarm is said wherever somebody looks, and a probe stands in for it."""

from datetime import timedelta

import pytest

from environments.models import DriftItem
from portal.dashboard.card import cards
from portal.dashboard.inbox import items
from portal.lib.clock import now
from releases.health import Health
from releases.models import Deployment
from runbooks.alarms import muted
from runbooks.models import Alarm, Incident
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed
from tests.runbooks.alarms.stand_in import poll

OCID = "ocid1.alarm.oc1..5xx"
UNTIL = (now() + timedelta(days=365)).isoformat()
MUTED = {
    "suppression": {
        "description": "too loud",
        "timeSuppressFrom": "2026-01-01T00:00:00Z",
        "timeSuppressUntil": UNTIL,
    }
}


@pytest.fixture
def live(dev, cast, monkeypatch):
    monkeypatch.setattr(muted, "probe", lambda environment: Health("healthy", "says healthy"))
    return deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.LIVE)


def drifted(dev, field):
    DriftItem.objects.create(
        environment=dev,
        key="alarm.5xx",
        kind="alarm",
        name="5xx",
        ocid=OCID,
        sort="changed",
        field=field,
        desired="",
        found={},
        who="operator",
        first_seen=now(),
        last_seen=now(),
    )


@pytest.mark.parametrize(
    ("status", "more", "field", "words"),
    [
        ("SUSPENDED", MUTED, "suppression", f"is muted until {UNTIL[:10]}"),
        ("OK", MUTED, "suppression", f"is muted until {UNTIL[:10]}"),
        ("", {"isEnabled": False}, "isEnabled", "is disabled"),
    ],
)
def test_it_is_on_dashboard_page_and_inbox_with_person_and_end(
    client,
    cast,
    live,
    dev,
    monitoring,
    status,
    more,
    field,
    words,
):
    monitoring.says(status or "OK")
    monitoring.more = more
    if not status:
        monitoring.pages, plain = (
            (
                lambda service, operation, *args, **filters: (
                    [] if operation == "list_alarms_status" else plain(service, operation, *args)
                )
            ),
            monitoring.pages,
        )
    drifted(dev, field)
    poll()
    (card,) = [one for one in cards() if one.slug == "dev"]
    assert (card.status.word, card.status.tone, card.urgent) == ("alarms muted", "bad", True)
    (said,) = [one.words for one in card.parts["muted"]]
    assert words in said and "by operator" in said
    assert [one.title for one in items(cast.admin) if one.kind == "muted alarm"] == [said]
    page = sign_in(client, cast.readonly).get("/alarms/dev/muted").text
    assert words in page and "No one is told when it fires" in page
    assert "/alarms/dev/muted" in client.get("/environments/dev/").text
    assert words in client.get("/").text


def test_one_whose_time_is_over_is_muted_no_more(live, dev, monitoring):
    monitoring.says("OK")
    monitoring.more = MUTED
    poll()
    assert Alarm.objects.muted().count() == 1
    Alarm.objects.update(muted_until=now() - timedelta(minutes=1))
    assert not Alarm.objects.muted().exists()
    (card,) = [one for one in cards() if one.slug == "dev"]
    assert card.status.word == "ok"


@pytest.mark.parametrize(("state", "opened"), [("unhealthy", 1), ("unknown", 1), ("healthy", 0)])
def test_a_failing_probe_opens_an_incident_while_the_alarm_is_muted(
    live,
    dev,
    monitoring,
    monkeypatch,
    state,
    opened,
):
    asked = []
    monkeypatch.setattr(
        muted, "probe", lambda environment: asked.append(1) or Health(state, "answers 500")
    )
    monitoring.says("OK")
    poll()
    assert asked == []  # nothing is muted: the alarm itself will say so
    monitoring.says("SUSPENDED")
    monitoring.more = MUTED
    poll(), poll()
    assert Incident.objects.count() == opened
    for incident in Incident.objects.all():
        (entry, *_) = incident.entries.order_by("at")
        assert "is muted, and the portal's own probe of /health fails: answers 500" in entry.words
