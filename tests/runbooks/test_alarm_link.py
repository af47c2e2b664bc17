"""The link in an alarm's own text: the open incident, else the runbook of this environment."""

import pytest
from django.test import Client
from django.urls import reverse

from environments.blueprint.alarms import RULES
from runbooks.models import Alarm
from tests.portal.accounts.people import sign_in


def link(alarm):
    return reverse("alarm", args=[alarm.environment.slug, alarm.name])


def test_it_opens_the_open_incident(client, cast, incident, alarm):
    answer = sign_in(client, cast.deployer).get(link(alarm))
    assert (answer.status_code, answer.url) == (302, incident.get_absolute_url())
    assert alarm.get_absolute_url() == link(alarm)


def test_who_is_not_signed_in_gets_there_after_signing_in(incident, alarm):
    answer = Client().get(link(alarm))
    assert answer.status_code == 302 and answer.url.endswith(f"?next={link(alarm)}")
    answer = Client().get(incident.get_absolute_url())
    assert answer.url.endswith(f"?next={incident.get_absolute_url()}")


def test_without_an_open_incident_it_shows_the_runbook_with_this_environments_values(
    client, cast, incident, alarm
):
    incident.resolve("Monitoring says OK.", actor="system:test")
    alarm.refresh_from_db()
    page = sign_in(client, cast.deployer).get(link(alarm), follow=True)
    assert page.redirect_chain[-1][0] == "/runbooks/api-5xx/?environment=dev&alarm=dev-5xx"
    text = page.content.decode()
    top = text.index("No open incident of dev-5xx in dev.")
    assert top < text.index("Check the recovery")
    assert incident.get_absolute_url() in text[top : top + 600]  # the last one
    assert "--compartment-id ocid1.compartment.oc1..dev" in text
    assert "--load-balancer-id ocid1.load_balancer.oc1..dev" in text
    assert 'data-environment="dev"' in text


@pytest.mark.parametrize("short", sorted(RULES))
def test_an_alarm_that_was_never_read_leads_to_its_runbook(client, cast, dev, short):
    assert not Alarm.objects.exists()
    address = reverse("alarm", args=["dev", f"conceptlens-dev-{short}"])
    page = sign_in(client, cast.readonly).get(address, follow=True)
    assert page.redirect_chain[-1][0].startswith(f"/runbooks/{RULES[short].runbook}/?")
    assert b"has not read this alarm yet" in page.content


def test_a_foreign_name_leads_to_the_runbook_of_unknown_alarms(client, cast, dev):
    page = sign_in(client, cast.readonly).get("/alarms/dev/a/b%20<c>/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/runbooks/unknown-alarm/?")
    assert b"No open incident of a/b &lt;c&gt; in dev." in page.content


def test_an_unknown_environment_is_refused_with_those_there_are(client, cast, dev):
    for address in ("/alarms/nowhere/x/", "/runbooks/api-5xx/?environment=nowhere"):
        page = sign_in(client, cast.readonly).get(address)
        assert page.status_code == 404 and b"The environments are: dev" in page.content


def test_a_runbook_without_an_environment_says_nothing_of_incidents(client, cast, dev):
    page = sign_in(client, cast.readonly).get("/runbooks/api-5xx/")
    assert b"No open incident" not in page.content and b"$C" in page.content
