"""The timeline shows what every part of the portal knows, on one page, for the same number of
questions.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from portal.jobs.models import Job
from releases.models import Approval, FreezeWindow, Hold, SmokeRun
from runbooks.models import Alarm, Incident
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed, provisioned, requested

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(cast):
    """Return an environment."""
    return provisioned("stage")


def job(environment, kind, title, *, hours, state="succeeded", spec=None):
    """Keep a job that took ten minutes, so many hours ago."""
    at = now() - timedelta(hours=hours)
    values = {"created_at": at, "started_at": at, "ended_at": at + timedelta(minutes=10)}
    fields = {
        "code_version": 1,
        "mutating": True,
        "actor": "user:dan",
        "spec": spec or {},
        **values,
    }
    return Job.objects.create(
        kind=kind, environment=environment.slug, title=title, state=state, **fields
    )


def version(number, hours, environment, **more):
    spec = {"plan": {"version": number}, **more}
    kind = "releases.rollback" if more else "releases.deploy"
    return job(environment, kind, f"{kind} {number}", hours=hours, spec=spec)


def test_everything_that_happened_is_on_the_page(client, stage, cast):
    version("1.4.0", 50, stage)
    version("1.5.0", 30, stage)
    version("", 20, stage, to={"version": "1.4.0"})
    job(stage, "environments.apply", "Apply plan 3 to stage", hours=40, state="failed")
    job(stage, "releases.scale", "Scale the API of stage to 3", hours=10)
    release = requested(stage, cast.deployer, "1.6.0")
    fields = {"requester": cast.deployer, "approver": cast.admin, "digest": release.digest}
    Approval.objects.create(release=release, **fields)
    Hold.objects.create(environment=stage, reason="rolled back", placed_by="user:dan")
    window = FreezeWindow.objects.create(
        name="Weekend", repeats="weekly", starts="Fri 16:00", ends="Mon 06:00"
    )
    window.environments.add(stage)
    SmokeRun.objects.create(
        environment=stage, passed=False, words="no <b>answer", results=[], started_at=now()
    )
    alarm = Alarm.objects.create(
        environment=stage, ocid="ocid1.alarm.oc1..a", name="stage-5xx", incident_type="api-5xx"
    )
    Incident.objects.open_for_alarm(alarm, actor="system:test", words="It fires.")
    page = sign_in(client, cast.readonly).get(reverse("timeline", args=["stage"])).content.decode()
    told = [
        "1.4.0 live",
        "1.5.0 live",
        "Apply plan 3 to stage: failed",
        "Scale the API of stage to 3",
        "1.6.0 requested",
    ]
    told += [
        "1.6.0 approved",
        "Held: rolled back",
        "Frozen: Weekend",
        "Smoke test failed: no &lt;b&gt;answer",
        "stage-5xx",
    ]
    assert [words for words in told if words not in page] == []
    assert page.count("1.4.0 live") >= 4  # twice live, each in the picture and in words


def test_nothing_of_another_environment_or_time_is_there(client, stage, cast):
    version("1.4.0", 500, provisioned("prod"))
    job(stage, "environments.apply", "Apply plan 3 to stage", hours=24 * 8)
    answer = sign_in(client, cast.readonly).get(reverse("timeline", args=["stage"]))
    assert "Nothing happened in this period." in answer.content.decode()
    assert (
        "Apply plan 3"
        in client.get(reverse("timeline", args=["stage"]) + "?days=30").content.decode()
    )


@pytest.mark.parametrize(
    "odd",
    ["days=5", "days=x", "until=yesterday", "until=2026-13-45", "until=9999-12-31", "until=%00"],
)
def test_odd_addresses_show_the_last_week(client, stage, cast, odd):
    answer = sign_in(client, cast.readonly).get(reverse("timeline", args=["stage"]) + f"?{odd}")
    assert answer.status_code == 200 and answer.context["days"] == 7


def test_an_earlier_time_is_a_click_away(client, stage, cast):
    version("1.4.0", 24 * 10, stage)
    here = reverse("timeline", args=["stage"])
    first = sign_in(client, cast.readonly).get(here)
    assert first.context["later"] == ""
    second = client.get(here, {"days": 7, "until": first.context["earlier"]})
    assert "1.4.0 live" in second.content.decode() and second.context["later"]
    assert client.get(reverse("timeline", args=["nowhere"])).status_code == 404


def test_it_costs_the_same_for_one_and_for_many(client, stage, cast):
    sign_in(client, cast.readonly)

    def cost():
        client.get(here)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(here).status_code == 200
        return len(asked)

    here = reverse("timeline", args=["stage"])
    deployed(stage, cast.deployer, "1.4.0")
    version("1.4.0", 50, stage)
    one = cost()
    for number in range(20):
        version(f"2.{number}.0", 40 - number, stage)
        requested(stage, cast.deployer, f"3.{number}.0")
        SmokeRun.objects.create(
            environment=stage, passed=False, words="no", results=[], started_at=now()
        )
    assert cost() == one <= 26
