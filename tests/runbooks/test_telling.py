"""People are told of incidents, and the person on call when no one acknowledges."""

from datetime import timedelta

import pytest

from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit
from portal.lib.clock import now
from portal.notifications.models import (
    Notice,
    NotificationPreference,
    Rota,
    RotaMember,
    RotaOverride,
)
from releases.models import Deployment
from runbooks.alarms.read import apply_statuses
from runbooks.escalation import escalate_overdue
from runbooks.models import Incident
from tests.releases.builders import deployed


@pytest.fixture(autouse=True)
def _addresses(cast):
    for user in vars(cast).values():
        user.email = f"{user.username}@conceptlens.example"
        user.save()


def told(kind):
    rows = Notice.objects.filter(kind=kind, channel="mail").select_related("user")
    return sorted(row.user.username for row in rows)


def escalate(at=None):
    return list(escalate_overdue(at or now(), actor="system:test"))


@pytest.fixture
def rota(dev, cast):
    made = Rota.objects.create(environment="dev", first_day=now().date() - timedelta(days=1))
    RotaMember.objects.create(rota=made, user=cast.other_deployer)
    return made


def test_operators_are_told_when_an_incident_opens_and_ends(cast, incident):
    assert told("incident-opened") == ["ada", "dan", "dora"]
    notice = Notice.objects.first()
    assert notice.url == incident.get_absolute_url()
    assert notice.words == "Severity: critical. The alarm fires."
    incident.acknowledge(cast.deployer)
    assert told("incident-acknowledged") == ["ada", "dora"]  # Dan knows
    incident.resolve("Monitoring says OK.", actor="system:poll")
    assert told("incident-resolved") == ["ada", "dan", "dora"]


def test_opening_the_same_incident_again_tells_nobody_again(incident, alarm):
    before = Notice.objects.count()
    Incident.objects.open_for_alarm(alarm, actor="system:poll", words="The alarm fires.")
    assert Notice.objects.count() == before


def test_a_failed_deployment_and_a_rollback_are_told(dev, cast):
    failed = deployed(dev, cast.deployer, "1.7.0", state=Deployment.State.STARTING)
    failed.mark_failed("The API did not get healthy.")
    assert told("deployment-failed") == ["ada", "dan", "dora"]
    live = deployed(dev, cast.deployer, "1.6.0")
    live.mark_rolled_back("errors")
    notice = Notice.objects.filter(kind="deployment-rolled-back").first()
    assert notice.title == "1.6.0 was rolled back in dev" and notice.words == "errors"


def test_a_muted_alarm_is_told_once_to_those_who_chose_it(cast, alarm):
    NotificationPreference.of(cast.auditor).choose(
        {"alarm-muted@dev"}, ["dev"], mail=True, browser=False
    )
    for _ in range(2):
        apply_statuses([alarm], {alarm.ocid: {"status": "SUSPENDED"}}, actor="system:test", job="")
    assert told("alarm-muted") == ["audrey"]


def test_an_acknowledged_or_young_incident_is_not_escalated(incident, cast, rota):
    assert escalate() == []
    incident.acknowledge(cast.deployer)
    assert escalate(now() + timedelta(hours=5)) == []


def test_the_person_on_call_is_told_first_then_all_admins(incident, cast, rota, audited):
    first = now() + timedelta(minutes=15)
    assert escalate(first) == [f"Incident {incident.pk} was escalated to Dora Deployer, on call."]
    assert told("incident-escalated") == ["dora"]
    assert escalate(first) == []
    assert escalate(first + timedelta(minutes=15))
    assert told("incident-escalated") == ["ada", "dora"]
    assert escalate(first + timedelta(days=1)) == []
    details = [detail for _, _, detail in audited(Verb.INCIDENT_ESCALATED)]
    assert details == [{"level": 1, "told": ["dora"]}, {"level": 2, "told": ["ada"]}]
    assert "Told: Dora Deployer, on call." in incident.entries.all()[1].words


def test_an_override_is_on_call_instead(incident, cast, rota):
    at = now()
    RotaOverride.objects.create(
        rota=rota, user=cast.deployer, starts=at, ends=at + timedelta(hours=8)
    )
    escalate(at + timedelta(minutes=16))
    assert told("incident-escalated") == ["dan"]


@pytest.mark.parametrize("lost", ["rota", "role"])
def test_without_anybody_on_call_all_admins_are_told_at_once(incident, cast, rota, lost):
    if lost == "rota":
        rota.delete()
    else:
        cast.other_deployer.roles = []
        cast.other_deployer.save()
    escalate(now() + timedelta(minutes=15))
    assert told("incident-escalated") == ["ada"]


def test_the_setting_of_the_environment_decides_when(incident, dev):
    dev.change_settings({**dev.settings, "escalate_minutes": 3}, actor="user:ada")
    assert escalate(now() + timedelta(minutes=2)) == []
    assert escalate(now() + timedelta(minutes=3, seconds=1))


def test_critical_incidents_come_first(incident, dev):
    Incident.objects.filter(pk=incident.pk).update(severity="WARNING")
    critical = Incident.objects.create(
        environment=dev, kind="queue-lag", title="later but worse", severity="CRITICAL"
    )
    done = escalate(now() + timedelta(minutes=16))
    assert [words.split()[1] for words in done] == [str(critical.pk), str(incident.pk)]


def test_two_workers_escalate_once(incident, rota, cast):
    twin = Incident.objects.get(pk=incident.pk)
    assert incident.escalate(1, [cast.other_deployer], "words", actor="system:a")
    assert not twin.escalate(1, [cast.other_deployer], "words", actor="system:b")
    assert told("incident-escalated") == ["dora"]


def test_the_job_escalates(incident):
    assert submit("runbooks.escalate", actor="system:schedule").title == "Escalate incidents"
