"""The pages: one's own notifications, the browser's question, who is on call, webhooks."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.notifications import kinds
from portal.notifications.addresses import problem_of_address
from portal.notifications.models import (
    Notice,
    NotificationPreference,
    Rota,
    RotaMember,
    RotaOverride,
    Webhook,
)
from portal.notifications.outbox import notify
from tests.portal.accounts.people import sign_in
from tests.releases.builders import provisioned

ADDRESS = "https://hooks.example/services/T0/secret-part?token=also-secret"


@pytest.fixture
def places(cast, settings):
    settings.NOTIFY_HOSTS = ["hooks.example"]
    settings.IDENTITY_WRITE_SECONDS = settings.IDENTITY_READ_SECONDS = 10_000
    return [provisioned("dev"), provisioned("prod")]


def tell(key="k", environment="prod"):
    notify(kinds.INCIDENT_OPENED, environment, "incident:1", "5xx", "w", "/incidents/1/", key)


# --- my notifications ------------------------------------------------------------------
def ticked(page):
    return set(re.findall(r'value="([^"]+)"\s+aria-label="[^"]+"\s+checked', page))


def test_the_page_shows_the_defaults_of_the_role_and_keeps_a_choice(client, cast, places):
    sign_in(client, cast.deployer)
    page = client.get(reverse("notifications")).content.decode()
    found = ticked(page)
    assert {"incident-opened@prod", "job-parked@dev", "job-parked@"} <= found
    assert not {"drift-found@prod", "hold-placed@dev"} & found
    chosen = (found - {"incident-opened@dev"}) | {"drift-found@prod"}
    answer = client.post(reverse("notifications"), {"told": sorted(chosen), "mail": "yes"})
    assert answer.status_code == 302
    assert ticked(client.get(reverse("notifications")).content.decode()) == chosen
    kept = NotificationPreference.objects.get()
    assert (kept.added, kept.removed) == (["drift-found@prod"], ["incident-opened@dev"])
    assert Event.objects.filter(verb="notification.preferences_changed").count() == 1


@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_who_only_looks_is_told_of_nothing_until_they_choose(client, cast, places, who):
    page = sign_in(client, getattr(cast, who)).get(reverse("notifications"))
    assert ticked(page.content.decode()) == set()


def test_the_page_says_which_mail_did_not_arrive(client, cast, places):
    from portal.mail.models import OutgoingEmail

    cast.deployer.email = "dan@conceptlens.example"
    cast.deployer.save()
    OutgoingEmail.objects.create(
        to=cast.deployer.email, subject="[prod] 5xx", body="", problem="mailbox full"
    )
    page = sign_in(client, cast.deployer).get(reverse("notifications")).content.decode()
    assert "did not reach dan@conceptlens.example: mailbox full" in page


def test_pages_take_a_constant_number_of_queries(
    client, cast, places, django_assert_max_num_queries
):
    sign_in(client, cast.admin)
    cast.admin.email = "ada@conceptlens.example"
    cast.admin.save()
    for number in range(30):
        tell(f"k{number}")
        rota = Rota.objects.create(environment=f"e{number}")
        RotaMember.objects.create(rota=rota, user=cast.admin)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("notifications")).status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get(reverse("on-call")).status_code == 200
    with django_assert_max_num_queries(8):
        assert client.get(reverse("notifications-new")).status_code == 200


# --- the browser -----------------------------------------------------------------------
def test_a_browser_is_told_what_is_new_since_it_asked_first(client, cast, places):
    NotificationPreference.of(cast.readonly).choose(
        {"incident-opened@prod"}, ["prod"], mail=False, browser=True
    )
    tell("before")
    sign_in(client, cast.readonly)
    ask = reverse("notifications-new")
    first = client.get(ask).json()
    assert first["on"] and first["notices"] == []
    tell("after")
    (notice,) = client.get(ask, {"after": first["latest"]}).json()["notices"]
    assert notice["title"] == "Incident opened: 5xx" and notice["url"] == "/incidents/1/"
    assert client.get(ask, {"after": notice["id"]}).json()["notices"] == []


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "²"])
def test_a_senseless_question_of_a_browser_breaks_nothing(client, cast, places, after):
    answer = sign_in(client, cast.readonly).get(reverse("notifications-new"), {"after": after})
    assert answer.status_code == 200 and answer.json()["notices"] == []


def test_a_browser_gets_nobody_elses_notices(client, cast, places):
    NotificationPreference.of(cast.deployer).choose(
        {"incident-opened@prod"}, ["prod"], mail=False, browser=True
    )
    tell()
    answer = sign_in(client, cast.readonly).get(reverse("notifications-new"), {"after": 0})
    assert answer.json() == {"on": False, "latest": 0, "notices": []}


# --- on call ---------------------------------------------------------------------------
def test_the_page_says_who_is_on_call_now_and_next(client, cast, places):
    rota = Rota.objects.create(environment="prod", first_day=now().date() - timedelta(days=1))
    for position, user in enumerate([cast.deployer, cast.other_deployer]):
        RotaMember.objects.create(rota=rota, user=user, position=position)
    page = sign_in(client, cast.readonly).get(reverse("on-call")).content.decode()
    assert "<strong>Dan Deployer</strong>" in page and "Dora Deployer" in page
    assert "no rota: all admins are told" in page  # dev
    RotaOverride.objects.create(
        rota=rota, user=cast.admin, starts=now(), ends=now() + timedelta(hours=1)
    )
    page = client.get(reverse("on-call")).content.decode()
    assert "<strong>Ada Admin</strong>" in page and "Overrides in prod" in page


def rota_form(**values):
    return {
        "environment": "prod",
        "zone": "Europe/Berlin",
        "first_day": "2026-11-23",
        "hour": "9",
        "members-TOTAL_FORMS": "1",
        "members-INITIAL_FORMS": "0",
        "overrides-TOTAL_FORMS": "0",
        "overrides-INITIAL_FORMS": "0",
        "members-0-position": "1",
        **values,
    }


def test_an_admin_keeps_the_rota_and_the_trail_has_it(client, cast, places):
    address = reverse("admin:notifications_rota_add")
    data = rota_form(**{"members-0-user": cast.deployer.pk})
    assert sign_in(client, cast.deployer).post(address, data).status_code == 403
    assert sign_in(client, cast.admin).post(address, data).status_code == 302
    event = Event.objects.get(verb="notification.rota_changed")
    assert json.loads(event.body)["detail"]["members"] == ["dan"]
    refused = client.post(address, rota_form(environment="dev", zone="Mars/Base"))
    assert refused.status_code == 200 and b"is no time zone" in refused.content


# --- webhooks --------------------------------------------------------------------------
def added(client, **values):
    data = {"environment": "prod", "name": "chat", "format": "json", "address": ADDRESS, **values}
    return client.post(reverse("admin:notifications_webhook_add"), data)


def test_an_admin_adds_a_webhook_and_sees_its_key_once(client, cast, places):
    page = added(sign_in(client, cast.admin)).content.decode()
    webhook = Webhook.objects.get()
    assert webhook.key in page and webhook.address == ADDRESS
    again = client.get(reverse("admin:notifications_webhook_change", args=[webhook.pk]))
    shown = again.content.decode() + client.get("/admin/notifications/webhook/").content.decode()
    assert "https://hooks.example/…" in shown
    for secret in (webhook.key, "secret-part", "also-secret", webhook.address_encrypted):
        assert secret not in shown


def test_the_address_is_neither_in_the_table_nor_in_the_trail(client, cast, places, caplog):
    added(sign_in(client, cast.admin), format="slack")
    row = json.dumps(Webhook.objects.values().get(), default=str)
    trail = "".join(Event.objects.values_list("body", flat=True))
    for secret in ("secret-part", "also-secret"):
        assert secret not in row + trail + caplog.text
    assert '"host":"hooks.example"' in trail


@pytest.mark.parametrize("who", ["deployer", "readonly", "auditor"])
def test_others_neither_see_nor_add_webhooks(client, cast, places, who):
    sign_in(client, getattr(cast, who))
    assert added(client).status_code == 403
    assert client.get("/admin/notifications/webhook/").status_code == 403
    assert not Webhook.objects.exists()


def test_adding_takes_a_fresh_sign_in(client, cast, places):
    answer = added(sign_in(client, cast.admin, seconds_ago=3600))
    assert answer.status_code == 403 and not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://hooks.example/x", "must begin with https"),
        ("https://evil.example/x", "NOTIFY_HOSTS"),
        ("https://hooks.example.evil.example/x", "NOTIFY_HOSTS"),
        ("https://hooks.example:8443/x", "NOTIFY_HOSTS"),
        ("https://hooks.example@evil.example/x", "NOTIFY_HOSTS|neither a user"),
        ("https://169.254.169.254/opc/v2/", "NOTIFY_HOSTS"),
        ("https://u:p@hooks.example/x", "neither a user"),
        ("https://hooks.example/a b", "without spaces"),
        ("https://hooks.example/a\nb", "without spaces"),
        ("https://hooks.example:port/", "not a web address"),
        ("javascript:alert(1)", "https"),
        ("", "https"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused_in_words(settings, address, words):
    settings.NOTIFY_HOSTS, settings.PORTAL_SANDBOX = ["hooks.example"], False
    assert re.search(words, problem_of_address(address))


def test_a_domain_with_a_dot_allows_all_below_it(settings):
    settings.NOTIFY_HOSTS = [".webhook.office.example", "chat.example:8443"]
    assert not problem_of_address("https://team1.webhook.office.example/x")
    assert not problem_of_address("https://chat.example:8443/x")
    assert problem_of_address("https://evilwebhook.office.example/x")
    assert problem_of_address("https://chat.example/x")


def test_the_form_refuses_a_foreign_host_beside_the_field(client, cast, places):
    page = added(sign_in(client, cast.admin), address="https://evil.example/x")
    assert page.status_code == 200 and b"NOTIFY_HOSTS" in page.content
    assert not Webhook.objects.exists()


def test_the_test_button_sends_to_this_webhook_alone(client, cast, places):
    for name in ("chat", "other"):
        added(sign_in(client, cast.admin), name=name)
    webhook = Webhook.objects.get(name="chat")
    address = reverse("admin:notifications_webhook_act_test", args=[webhook.pk])
    assert b"Send test message" in client.get(address).content
    client.post(address, {"confirmed": "yes"})
    notice = Notice.objects.get()
    assert notice.webhook == webhook and notice.kind == "test"
    assert Job.objects.filter(kind="notifications.send").count() == 1
    client.post(
        reverse("admin:notifications_webhook_act_turn_off", args=[webhook.pk]), {"confirmed": "yes"}
    )
    refused = client.post(address, {"confirmed": "yes"}, follow=True)
    assert b"is turned off" in refused.content and Notice.objects.count() == 1
