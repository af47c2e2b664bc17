"""The page of a job."""

import pytest

from environments.models import Environment
from portal.audit.models import Event
from portal.cloud import errors
from portal.jobs.models import Job
from tests.portal.accounts.people import sign_in


@pytest.fixture
def see(client, cast):
    """Return how a person opens an address."""

    def seen(who, address, **form):
        sign_in(client, getattr(cast, who))
        return client.post(address, form) if form else client.get(address)

    return seen


def text(answer):
    return answer.content.decode()


def test_it_shows_the_steps_and_looks_again_until_the_job_is_over(order, run, see):
    job = order(title="Apply plan 7")
    page = text(see("readonly", job.get_absolute_url()))
    assert "Apply plan 7" in page and "0 %" in page and 'hx-trigger="every 1s"' in page
    run(job)
    part = text(see("readonly", f"{job.get_absolute_url()}progress/"))
    assert "100 %" in part and "hx-get" not in part and "<html" not in part


def test_it_shows_calls_with_their_request_ids_and_the_log(order, run, see, cloud):
    cloud.trouble(errors.Throttled("too many calls"))
    page = text(see("readonly", run(order("make")).get_absolute_url()))
    assert "double.create_thing" in page and "request-2" in page and "too many calls" in page


def test_it_says_where_a_parked_job_is_parked_and_how_it_goes_on(order, run, see, cloud):
    cloud.trouble(errors.NoAnswer("lost"))
    job = run(order("fixed"))
    page = text(see("deployer", job.get_absolute_url()))
    assert "not known whether double.put_thing happened" in page and "Look in OCI" in page
    assert "Resume" in page and "did not happen; run it again" in page
    assert "Abandon" not in page
    assert "Abandon" in text(see("admin", job.get_absolute_url()))
    reader = text(see("readonly", job.get_absolute_url()))
    assert "Resume" not in reader and "Cancel…" not in reader


def test_a_deployer_cancels_after_seeing_what_it_does(order, run, see):
    job = order()
    address = f"{job.get_absolute_url()}cancel/"
    question = text(see("deployer", address))
    assert "dev" in question and "What happens" in question
    assert Job.objects.get().cancel_requested_at is None
    assert see("deployer", address, sure="yes").status_code == 302
    assert run(job).state == "cancelled"
    assert see("deployer", address, sure="yes").status_code == 409


def test_a_deployer_resumes(order, run, see, cloud):
    cloud.trouble(errors.LimitExceeded("limit"))
    job = run(order("make"))
    assert see("deployer", f"{job.get_absolute_url()}resume/", go="on").status_code == 302
    assert run(job).state == "succeeded"


def test_an_admin_gives_up_with_a_reason(order, run, see, cloud):
    cloud.trouble(errors.LimitExceeded("limit"))
    job = run(order("make"))
    address = f"{job.get_absolute_url()}abandon/"
    assert "stay in OCI" in text(see("admin", address))
    assert see("admin", address, reason=" ").status_code == 400
    assert see("admin", address, reason="ticket 12").status_code == 302
    job.refresh_from_db()
    assert job.state == "failed"


@pytest.mark.parametrize(
    ("who", "act"),
    [
        ("readonly", "cancel"),
        ("auditor", "cancel"),
        ("readonly", "resume"),
        ("deployer", "abandon"),
    ],
)
def test_whoever_may_not_is_refused_and_it_is_told(order, see, who, act):
    job = order()
    assert see(who, f"{job.get_absolute_url()}{act}/", reason="x").status_code == 403
    assert Event.objects.filter(outcome="refused", subject=f"job:{job.pk}").exists()
    job.refresh_from_db()
    assert (job.state, job.cancel_requested_at) == ("queued", None)


def test_strangers_see_nothing(order, see, client):
    job = order()
    assert client.get(job.get_absolute_url()).status_code == 302
    assert see("stranger", job.get_absolute_url()).status_code == 403


def test_an_unknown_job_is_said_to_be_unknown(see):
    assert see("readonly", "/jobs/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_it_asks_the_database_as_often_for_one_step_as_for_many(
    order, see, client, django_assert_num_queries, django_assert_max_num_queries
):
    few = order(environment="a", spec={"steps": ["one"]})
    many = order(environment="b", spec={"steps": [f"s{number}" for number in range(60)]})
    see("readonly", few.get_absolute_url())
    with django_assert_max_num_queries(10) as counted:
        client.get(f"{few.get_absolute_url()}progress/")
    with django_assert_num_queries(len(counted)):
        client.get(f"{many.get_absolute_url()}progress/")


def test_the_list_is_read_only_and_asks_as_often_for_many(
    order, see, cast, client, django_assert_num_queries, django_assert_max_num_queries
):
    order(environment="e0")
    sign_in(client, cast.admin)
    client.get("/admin/jobs/job/")
    with django_assert_max_num_queries(15) as counted:
        assert client.get("/admin/jobs/job/").status_code == 200
    for _ in range(20):
        order("look")
    with django_assert_num_queries(len(counted)):
        page = client.get("/admin/jobs/job/")
    assert Job.objects.first().get_absolute_url() in text(page)
    assert client.get("/admin/jobs/job/add/").status_code == 403
    assert client.get("/admin/jobs/job/?status=stuck").status_code == 200
    assert client.get("/admin/jobs/job/?status=parked").status_code == 200


def test_its_band_says_the_name_of_the_environment_as_every_page_does(order, see):
    Environment.objects.create(
        slug="dev", name="Development", position=1, owner="o", cost_center="c"
    )
    page = text(see("readonly", order().get_absolute_url()))
    assert ">DEVELOPMENT</a>" in page and "<small>us-ashburn-1</small>" in page


def test_the_list_leaves_out_what_the_portal_did_well_by_itself(see, cast):
    for actor, state in (
        ("system:schedule", "succeeded"),
        ("system:schedule", "failed"),
        ("user:dan", "succeeded"),
    ):
        fields = {"kind": "double", "mutating": False, "code_version": 1, "state": state}
        Job.objects.create(actor=actor, title=f"{actor} {state}", **fields)
    assert "system:schedule succeeded" not in text(see("readonly", "/admin/jobs/job/"))
    page = text(see("readonly", "/admin/jobs/job/"))
    assert "system:schedule failed" in page and "user:dan succeeded" in page
    assert "system:schedule succeeded" in text(see("readonly", "/admin/jobs/job/?routine=all"))
    assert "user:dan succeeded" not in text(see("readonly", "/admin/jobs/job/?routine=only"))
