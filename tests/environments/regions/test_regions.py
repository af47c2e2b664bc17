"""The disaster recovery region: read by a plan, refused while it is missing, subscribed to by
an act of its own.
"""

import pytest

from environments.models import Environment, Plan, Region
from environments.reconcile.planning import make_plan
from portal.audit.models import Event
from portal.cloud import sdk_clients
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.refusal import Refused
from tests.portal.accounts.people import sign_in

PAGE, REGION = "/environments/dev/dr-region/", "eu-frankfurt-1"


@pytest.fixture
def abroad(dev):
    """dev, to be recovered in a region that the tenancy does not have; a plan has asked which
    it has.
    """
    Environment.objects.filter(pk=dev.pk).update(dr_region=REGION)
    Region.objects.update_from_wire(
        [{"regionName": "us-ashburn-1", "status": "READY", "isHomeRegion": True}]
    )
    return Environment.objects.get(pk=dev.pk)


@pytest.fixture
def cloud(simulator):
    sdk_clients.reset()
    return simulator


def test_a_plan_works_where_the_tenancy_has_no_second_region(abroad, cloud):
    made = make_plan(abroad, actor="user:dan")
    assert made.with_action("create")
    note = next(note for note in made.notes if "disaster recovery" in note)
    assert f"not subscribed to {REGION}" in note and PAGE in note


def test_a_region_that_is_missing_is_refused_before_anything_else_is_asked(dev, cloud):
    dev.home_region = REGION
    said = f"The region of dev, {REGION}, is not subscribed to: the tenancy has us-ashburn-1, us-p"
    with pytest.raises(Refused, match="subscribe") as refusal:
        make_plan(dev, actor="user:dan")
    assert refusal.value.message.startswith(said)
    assert [call["operation"] for call in cloud.journal()] == ["list_region_subscriptions"]
    assert not Plan.objects.exists()
    assert set(Region.objects.filter(status="READY").values_list("name", flat=True)) == {
        "us-ashburn-1",
        "us-phoenix-1",
    }


def test_an_admin_who_types_the_name_subscribes_and_the_job_waits_until_it_is_ready(
    client, cast, abroad, cloud
):
    sign_in(client, cast.admin)
    assert "This cannot be undone" in client.get(PAGE).text
    assert client.post(PAGE, {"region": REGION}).status_code == 302
    run_until_idle(hurry=True)
    job = Job.objects.get(kind="environments.subscribe_region")
    assert (job.state, Region.objects.get(name=REGION).status) == ("succeeded", "READY"), job.reason
    asked = Event.objects.get(verb="environment.region_subscribe_requested")
    assert (asked.actor, asked.subject, asked.outcome) == ("user:ada", f"region:{REGION}", "done")
    assert Event.objects.filter(verb="oci.call", outcome="done").exists()
    assert "can use it" in client.get(PAGE).text
    assert client.post(PAGE, {"region": REGION}).status_code == 409


def test_it_is_ordered_once_though_the_answer_is_lost(client, cast, abroad, cloud):
    cloud.fault("lost", "create_region_subscription", count=1)
    sign_in(client, cast.admin).post(PAGE, {"region": REGION})
    run_until_idle(hurry=True)
    assert Job.objects.get(kind="environments.subscribe_region").state == "succeeded"
    assert Region.objects.get(name=REGION).is_ready


def test_a_slip_of_the_keyboard_orders_nothing(client, cast, abroad):
    page = sign_in(client, cast.admin).post(PAGE, {"region": "eu-frankfurt"})
    assert (page.status_code, "Nothing was changed" in page.text) == (400, True)
    assert not Job.objects.exists()


def test_only_an_admin_who_signed_in_a_moment_ago_may(client, cast, abroad):
    for who in (cast.deployer, cast.readonly, cast.auditor):
        assert sign_in(client, who).post(PAGE, {"region": REGION}).status_code == 403
    assert (
        sign_in(client, cast.admin, seconds_ago=3600).post(PAGE, {"region": REGION}).status_code
        == 403
    )
    assert not Job.objects.exists()


def test_a_region_that_oci_does_not_know_stops_the_job_in_words(client, cast, abroad, cloud):
    Environment.objects.update(dr_region="eu-atlantis-1")
    sign_in(client, cast.admin).post(PAGE, {"region": "eu-atlantis-1"})
    run_until_idle(hurry=True)
    job = Job.objects.get(kind="environments.subscribe_region")
    assert (job.state, "OCI has no region eu-atlantis-1" in job.reason) == ("failed", True)


def test_the_environments_page_offers_it_to_admins_alone(client, cast, abroad):
    assert PAGE in sign_in(client, cast.admin).get("/environments/dev/").text
    page = sign_in(client, cast.deployer).get("/environments/dev/").text
    assert (PAGE in page, f"not subscribed to {REGION}" in page) == (False, True)
