"""Who gets a row of the outbox, and that no event is told twice."""

import pytest
from django.db import transaction

from portal.audit.models import Event
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.notifications import kinds
from portal.notifications.models import Notice, NotificationPreference, Webhook
from portal.notifications.outbox import Audience, notify

ADDRESS = "https://hooks.example/services/T0/secret-part"


@pytest.fixture
def people(cast, settings):
    settings.NOTIFY_HOSTS = ["hooks.example"]
    for user in vars(cast).values():
        user.email = f"{user.username}@conceptlens.example"
        user.save()
    return cast


def tell(kind=kinds.INCIDENT_OPENED, environment="prod", key="incident:7:opened", **audience):
    return notify(
        kind,
        environment,
        "incident:7",
        "The API answers\nwith errors",
        "The alarm fires.",
        "/incidents/7/",
        key,
        audience=Audience(**audience),
    )


def told(**filters):
    rows = Notice.objects.filter(**filters).select_related("user", "webhook").order_by("id")
    return [(row.channel, row.user.username if row.user else row.webhook.name) for row in rows]


def test_by_default_operators_are_mailed_and_others_are_not(people):
    assert tell() == 3
    assert told() == [("mail", "ada"), ("mail", "dan"), ("mail", "dora")]
    assert Notice.objects.first().title == "The API answers with errors"


@pytest.mark.parametrize("kind", [kinds.HOLD_PLACED, kinds.DRIFT_FOUND, kinds.ALARM_MUTED])
def test_what_is_not_urgent_is_told_to_those_who_chose_it(people, kind):
    assert tell(kind) == 0
    NotificationPreference.of(people.auditor).choose(
        {f"{kind.name}@prod"}, ["prod"], mail=True, browser=True
    )
    assert tell(kind) == 1
    assert told() == [("mail", "audrey"), ("browser", "audrey")]


def test_the_same_event_is_told_once_however_often_it_is_written(people):
    for _ in range(3):
        tell()
    assert len(told()) == 3


def test_an_event_that_is_undone_is_told_to_nobody(people):
    with transaction.atomic():
        tell()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_a_choice_holds_for_its_environment_alone(people):
    preference = NotificationPreference.of(people.deployer)
    every = {f"{kind}@prod" for kind in kinds.KINDS}
    preference.choose(every - {"incident-opened@prod"}, ["prod", "dev"], mail=True, browser=False)
    people.deployer.refresh_from_db()
    tell()
    assert ("mail", "dan") not in told()
    tell(environment="stage", key="other")  # an environment that came later: the default
    assert ("mail", "dan") in told(environment="stage")
    assert Event.objects.filter(verb="notification.preferences_changed").count() == 1


def test_mail_can_be_switched_off_and_the_browser_on(people):
    every = {f"{kind}@prod" for kind in kinds.KINDS}
    NotificationPreference.of(people.deployer).choose(every, ["prod"], mail=False, browser=True)
    tell()
    assert [one for one in told() if one[1] == "dan"] == [("browser", "dan")]


def test_the_author_is_not_told_of_their_own_act(people):
    tell(by=people.deployer.actor)
    assert told() == [("mail", "ada"), ("mail", "dora")]
    tell(key="other", by="token:dora/ci")
    assert told(key="other") == [("mail", "ada"), ("mail", "dan")]


def test_only_those_named_are_told(people):
    tell(kinds.APPROVAL_WAITING, people=[people.admin, people.readonly])
    assert told() == [("mail", "ada")]  # one of them has not chosen it


def test_who_must_be_told_is_mailed_whatever_they_chose(people):
    NotificationPreference.of(people.deployer).choose(set(), ["prod"], mail=False, browser=False)
    tell(kinds.INCIDENT_ESCALATED, people=[people.deployer], required=True)
    assert told() == [("mail", "dan")]


def test_who_lost_every_role_or_has_no_address_is_not_told(people):
    people.admin.email = ""
    people.admin.save()
    people.deployer.is_active = False
    people.deployer.save()
    tell()
    assert told() == [("mail", "dora")]


def test_webhooks_of_the_environment_get_what_they_want(people):
    make = {"name": "chat", "format": "slack", "address": ADDRESS}
    Webhook.create(people.admin, environment="prod", kinds=[], **make)
    only = {**make, "name": "holds"}
    Webhook.create(people.admin, environment="prod", kinds=["hold-placed"], **only)
    Webhook.create(people.admin, environment="dev", kinds=[], **{**make, "name": "dev"})
    tell()
    assert told(channel="webhook") == [("webhook", "chat")]
    tell(kinds.HOLD_PLACED, key="hold:1")
    assert told(key="hold:1") == [("webhook", "chat"), ("webhook", "holds")]


def test_a_long_key_and_a_long_address_fit(people):
    for end in ("a", "b"):
        notify(
            kinds.INCIDENT_OPENED, "prod", "s", "t", "w", f"/alarms/{'%C3' * 255}/", "k" * 300 + end
        )
    assert len(told()) == 6


def test_what_the_database_cannot_store_is_told_without_it(people):
    notify(kinds.INCIDENT_OPENED, "prod", "s", "a\x00b \ud800", "w\x00", "/", "unstorable")
    assert Notice.objects.first().title == "a\ufffdb ?"


def test_telling_takes_the_same_queries_for_one_person_as_for_fifty(
    people, django_assert_num_queries
):
    type(people.admin).objects.bulk_create(
        type(people.admin)(
            issuer="i", subject=f"s{n}", username=f"p{n}", email=f"p{n}@x.example", roles=["x"]
        )
        for n in range(50)
    )
    type(people.admin).objects.filter(username__startswith="p").update(
        roles=["conceptlens-deployers"]
    )
    with django_assert_num_queries(3):  # people, webhooks, the rows
        assert tell() == 53


def test_a_parked_job_is_told_in_the_same_transaction(people):
    job = submit("environments.plan", environment="dev", actor="user:dan")
    Job.objects.filter(pk=job.pk).update(state="running")
    job.refresh_from_db()
    job.park(at_step="ask", reason="An answer stayed unclear.", next_step="Look in OCI.")
    notice = Notice.objects.filter(user=people.deployer).get()
    assert (notice.kind, notice.environment) == ("job-parked", "dev")
    assert notice.url == job.get_absolute_url() and "Look in OCI." in notice.words
