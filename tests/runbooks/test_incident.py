"""An incident opens once, is taken by somebody, and ends with a proof."""

import pytest
from django.db import IntegrityError, transaction

from portal.audit.verbs import Verb
from portal.lib.refusal import Forbidden, Invalid, Refused
from releases.models import Deployment
from runbooks.models import Incident
from tests.releases.builders import deployed


def words(incident):
    return [entry.words for entry in incident.entries.all()]


def test_opening_tells_the_timeline_and_the_trail(incident, audited):
    assert (incident.state, incident.kind, incident.severity) == ("open", "api-5xx", "CRITICAL")
    assert incident.title == "The API answers with errors: dev-5xx"
    assert words(incident) == ["The alarm fires."]
    assert [row[:2] for row in audited(Verb.INCIDENT_OPENED)] == [("system:test", "done")]


def test_an_alarm_has_one_open_incident(incident, alarm, audited):
    again = Incident.objects.open_for_alarm(alarm, actor="system:poll", words="The alarm fires.")
    assert again == incident
    assert (Incident.objects.count(), len(audited(Verb.INCIDENT_OPENED)), words(incident)) == (
        1,
        1,
        ["The alarm fires."],
    )


def test_after_its_end_the_same_alarm_opens_a_new_one(incident, alarm):
    incident.resolve("Monitoring says OK.", actor="system:poll")
    again = Incident.objects.open_for_alarm(alarm, actor="system:poll", words="The alarm fires.")
    assert again != incident
    assert list(Incident.objects.open()) == [again]


def test_acknowledging_says_who_is_at_work(incident, cast, audited):
    incident.acknowledge(cast.deployer)
    assert (incident.state, incident.acknowledged_by, incident.is_open) == (
        "acknowledged",
        cast.deployer,
        True,
    )
    assert words(incident)[-1] == "Acknowledged by Dan Deployer."
    assert [row[0] for row in audited(Verb.INCIDENT_ACKNOWLEDGED)] == ["user:dan"]


def test_the_second_to_acknowledge_is_told_who_was_first(incident, cast):
    incident.acknowledge(cast.deployer)
    with pytest.raises(Refused, match="acknowledged already by Dan Deployer"):
        Incident.objects.get().acknowledge(cast.other_deployer)
    assert Incident.objects.get().acknowledged_by == cast.deployer


@pytest.mark.parametrize("who", ["readonly", "auditor", "stranger"])
def test_who_may_only_look_neither_acknowledges_nor_resolves(incident, cast, who):
    with pytest.raises(Forbidden):
        incident.acknowledge(getattr(cast, who))
    with pytest.raises(Forbidden):
        incident.resolve_by_hand(getattr(cast, who), reason="I say so")
    assert Incident.objects.get().state == "open"


def test_resolving_by_hand_keeps_the_persons_words_as_proof(incident, cast, audited):
    incident.resolve_by_hand(cast.deployer, reason="  smoke test passes  ")
    assert (incident.state, incident.proof) == ("resolved", "Dan Deployer: smoke test passes")
    assert audited(Verb.INCIDENT_RESOLVED)[0][2] == {"proof": "Dan Deployer: smoke test passes"}
    with pytest.raises(Refused, match="resolved already"):
        incident.resolve_by_hand(cast.deployer, reason="again")
    with pytest.raises(Refused, match="resolved already"):
        incident.acknowledge(cast.deployer)
    assert len(audited(Verb.INCIDENT_RESOLVED)) == 1


@pytest.mark.parametrize("reason", ["", "  ", "ok"])
def test_a_resolution_needs_a_reason(incident, cast, reason):
    with pytest.raises(Invalid, match="reason: say how you know"):
        incident.resolve_by_hand(cast.deployer, reason=reason)
    assert Incident.objects.get().is_open


def test_the_timeline_does_not_repeat_itself(incident):
    for _ in range(3):
        incident.note("The alarm is suppressed.", actor="system:poll")
    assert len(words(incident)) == 2


def test_the_database_itself_wants_a_proof(incident):
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="resolved")
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(state="forgotten")


def test_a_failed_deployment_has_one_incident(dev, cast):
    failed = deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.FAILED)
    made = [
        Incident.objects.open_for_deployment(failed, actor="system:poll", words="No health.")
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert made[0].title == "1.5.0 did not go live in dev"
    made[0].resolve("1.5.1 is live.", actor="system:poll")
    assert (
        Incident.objects.open_for_deployment(failed, actor="system:poll", words="No health.")
        == made[0]
    )
    assert Incident.objects.count() == 1
