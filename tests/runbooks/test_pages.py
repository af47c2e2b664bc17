"""The pages of incidents and runbooks: from the database alone, in a constant number of
queries, for those who may look.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.audit.verbs import Verb
from portal.jobs.models import Job
from releases.models import Deployment
from runbooks.incidents import incident_events
from runbooks.models import Incident, Runbook
from tests.portal.accounts.people import sign_in
from tests.releases.builders import deployed


@pytest.fixture
def busy(dev, cast, incident):
    """An incident in an environment with a live release and one to go back to."""
    deployed(dev, cast.deployer, "1.4.0", state=Deployment.State.STANDBY)
    deployed(dev, cast.deployer, "1.5.0")
    return incident


def get(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_the_incident_page_is_the_runbook_with_all_that_decides(client, cast, busy):
    page = get(sign_in(client, cast.deployer), "incident", busy.pk)
    for part in (
        "The API answers with errors: dev-5xx",
        "Check the recovery",  # the runbook
        "1.5.0",  # the live release
        "Roll back to 1.4.0",
        f"environment=dev&amp;incident={busy.pk}",
        "The alarm fires.",  # the timeline
        "Acknowledge",
        reverse("incident-probe", args=[busy.pk]),
        "--compartment-id ocid1.compartment.oc1..dev",  # filled in
        "--load-balancer-id ocid1.load_balancer.oc1..dev",
        'data-environment="dev"',
    ):
        assert part in page, part


def test_a_rollback_from_its_page_is_part_of_its_story(client, cast, busy, dev):
    Job.objects.create(
        kind="releases.rollback",
        environment="dev",
        mutating=True,
        actor="user:dan",
        title="Roll back dev to 1.4.0",
        code_version=1,
        spec={"incident": str(busy.pk)},
    )
    told = incident_events(busy)
    assert [(moment.words, moment.who) for moment in told] == [
        ("Roll back dev to 1.4.0", "dan"),
        ("The alarm fires.", "test"),
    ]
    assert (
        get(sign_in(client, cast.deployer), "incident", busy.pk).count(told[0].url) == 2
    )  # in the last changes too


def test_who_may_only_look_sees_no_button(client, cast, busy):
    page = get(sign_in(client, cast.readonly), "incident", busy.pk)
    assert "Check the recovery" in page
    for part in ("Acknowledge", "Roll back to", "Resolve by hand"):
        assert part not in page


def test_it_renders_when_the_cloud_is_gone(client, cast, busy, settings, monkeypatch):
    monkeypatch.setattr(
        "portal.cloud.client.client", lambda *args, **kwargs: pytest.fail("the page asked OCI")
    )
    monkeypatch.setattr("runbooks.incidents.Client", lambda *args: pytest.fail("the page asked"))
    get(sign_in(client, cast.deployer), "incident", busy.pk)
    get(client, "incidents")
    get(client, "runbooks")
    get(client, "runbook", "api-5xx")


def test_the_number_of_queries_is_constant_and_small(
    client, cast, busy, django_assert_max_num_queries
):
    sign_in(client, cast.deployer)
    get(client, "incident", busy.pk)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            get(client, "incident", busy.pk)
        counts.append(len(captured))
        for number in range(30):
            busy.note(f"line {number}", actor="system:test")
    assert counts[0] == counts[1]
    assert counts[0] <= 15, [query["sql"][:120] for query in captured]


def test_acknowledging_from_the_page(client, cast, busy, audited):
    sign_in(client, cast.deployer)
    answer = client.post(reverse("incident-acknowledge", args=[busy.pk]))
    assert answer["Location"] == busy.get_absolute_url()
    assert Incident.objects.get().acknowledged_by == cast.deployer
    page = get(client, "incident", busy.pk)
    assert "cknowledged by Dan Deployer" in page
    answer = client.post(reverse("incident-acknowledge", args=[busy.pk]))
    assert answer.status_code == 409 and b"acknowledged already by Dan Deployer" in answer.content
    assert [row[:2] for row in audited(Verb.INCIDENT_ACKNOWLEDGED)] == [
        ("user:dan", "done"),
        ("user:dan", "refused"),
    ]


def test_resolving_from_the_page(client, cast, busy):
    sign_in(client, cast.deployer)
    assert (
        client.post(reverse("incident-resolve", args=[busy.pk]), {"reason": ""}).status_code == 400
    )
    client.post(reverse("incident-resolve", args=[busy.pk]), {"reason": "<b>all well</b>"})
    page = get(client, "incident", busy.pk)
    assert "&lt;b&gt;all well&lt;/b&gt;" in page and "Acknowledge" not in page


def test_who_may_only_look_is_refused_and_recorded(client, cast, busy, audited):
    sign_in(client, cast.readonly)
    for name in ("incident-acknowledge", "incident-resolve"):
        assert client.post(reverse(name, args=[busy.pk]), {"reason": "because"}).status_code == 403
    assert audited(Verb.INCIDENT_ACKNOWLEDGED)[0][:2] == ("user:rory", "refused")
    assert Incident.objects.get().state == "open"


@pytest.mark.parametrize("name", ["incident-acknowledge", "incident-resolve"])
def test_acts_are_posted(client, cast, busy, name):
    assert sign_in(client, cast.deployer).get(reverse(name, args=[busy.pk])).status_code == 405


def test_the_probe_says_unknown_when_the_product_is_not_there(client, cast, busy, dev):
    dev.settings = {"listener_port": 1}
    dev.save()
    assert "unknown" in get(sign_in(client, cast.readonly), "incident-probe", busy.pk)


def test_an_incident_that_is_not_there(client, cast):
    assert sign_in(client, cast.deployer).get("/incidents/4711/").status_code == 404
    assert client.get("/runbooks/of-nothing/").status_code == 404


def test_the_lists(client, cast, busy):
    sign_in(client, cast.readonly)
    assert "dev-5xx" in get(client, "incidents")
    busy.resolve("Monitoring says OK.", actor="system:poll")
    assert "Monitoring says OK." in get(client, "incidents")
    page = get(client, "runbooks")
    assert "Compute runs wait too long" in page and "ConsumerLag" in page
    assert "dev-5xx" in get(client, "runbook", "api-5xx")


def test_an_admin_edits_a_runbook_in_the_admin_and_puts_it_back(client, cast, audited):
    sign_in(client, cast.admin)
    assert (
        "What it means"
        in client.get("/admin/runbooks/runbook/add/?kind=queue-lag").content.decode()
    )
    answer = client.post(
        "/admin/runbooks/runbook/add/",
        {"kind": "queue-lag", "text": "# Ours\n\n<script>x</script>"},
    )
    assert answer.status_code == 302, answer.content
    page = get(client, "runbook", "queue-lag")
    assert "&lt;script&gt;x&lt;/script&gt;" in page and "Ada Admin" in page
    row = Runbook.objects.get()
    answer = client.post(f"/admin/runbooks/runbook/{row.pk}/change/", {"text": "x" * 70_000})
    assert answer.status_code == 200 and b"are too many" in answer.content
    client.post(f"/admin/runbooks/runbook/{row.pk}/change/", {"text": "# Ours\n\nSecond."})
    assert "Second." in get(client, "runbook", "queue-lag")
    client.post(f"/admin/runbooks/runbook/{row.pk}/delete/", {"post": "yes"})
    assert not Runbook.objects.exists()
    assert len(audited(Verb.RUNBOOK_CHANGED)) == 3


@pytest.mark.parametrize("who", ["deployer", "readonly", "auditor"])
def test_nobody_else_edits_a_runbook_in_the_admin(client, cast, who):
    sign_in(client, getattr(cast, who))
    answer = client.post("/admin/runbooks/runbook/add/", {"kind": "queue-lag", "text": "mine"})
    assert answer.status_code == 403
    assert not Runbook.objects.exists()


@pytest.mark.parametrize("model", ["alarm", "incident", "notification"])
def test_evidence_is_read_only_in_the_admin(client, cast, busy, model):
    sign_in(client, cast.admin)
    assert client.get(f"/admin/runbooks/{model}/").status_code == 200
    assert client.get(f"/admin/runbooks/{model}/add/").status_code == 403


def test_the_incident_in_the_admin_cannot_be_changed(client, cast, busy):
    sign_in(client, cast.admin)
    assert client.get(f"/admin/runbooks/incident/{busy.pk}/change/").status_code == 200
    assert (
        client.post(
            f"/admin/runbooks/incident/{busy.pk}/change/", {"state": "resolved"}
        ).status_code
        == 403
    )
