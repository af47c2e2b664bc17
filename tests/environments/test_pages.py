"""The pages: shown without OCI, acts by role, refusals in words with an audit row."""

import pytest
from django.urls import reverse

from environments.models import ManagedResource, Plan, SecretReference
from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.clock import now
from tests.portal.accounts.people import sign_in

LOOKERS = ["admin", "deployer", "readonly", "auditor"]


def resources(environment, number):
    ManagedResource.objects.bulk_create(
        ManagedResource(
            environment=environment,
            key=f"bucket.b{n}",
            kind="bucket",
            name=f"b{n}",
            ocid=f"ocid1.bucket.{n}",
            seen_at=now(),
        )
        for n in range(number)
    )


@pytest.mark.parametrize("who", LOOKERS)
def test_everybody_with_a_role_sees_an_environment(client, cast, dev, who):
    resources(dev, 2)
    page = sign_in(client, getattr(cast, who)).get("/environments/dev/")
    assert page.status_code == 200
    assert "Development" in page.text and "bucket.b1" in page.text
    assert ("Plan dev" in page.text) is (who in ("admin", "deployer"))


@pytest.mark.parametrize("who", LOOKERS)
def test_who_may_take_the_configuration_away_sees_its_button(client, cast, dev, who):
    page = sign_in(client, getattr(cast, who)).get("/environments/dev/")
    assert ('action="/environments/dev/export/"' in page.text) is (who != "readonly")


def test_a_stranger_and_nobody_see_nothing(client, cast, dev):
    assert client.get("/environments/dev/").status_code == 302
    assert sign_in(client, cast.stranger).get("/environments/dev/").status_code == 403


def test_the_number_of_queries_does_not_grow(
    client, cast, dev, plan, django_assert_max_num_queries
):
    sign_in(client, cast.deployer)
    counts = []
    for number in (1, 50):
        resources(dev, number) if number == 1 else resources_more(dev)
        with django_assert_max_num_queries(17) as queries:
            client.get("/environments/dev/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def resources_more(environment):
    ManagedResource.objects.bulk_create(
        ManagedResource(
            environment=environment, key=f"bucket.m{n}", kind="bucket", name=f"m{n}", seen_at=now()
        )
        for n in range(50)
    )


def test_an_unknown_environment_names_the_known_ones(client, cast, dev):
    page = sign_in(client, cast.deployer).get("/environments/test/")
    assert page.status_code == 404
    assert "dev, stage, prod" in page.text


def test_plan_starts_a_job_and_leads_to_it(client, cast, dev):
    answer = sign_in(client, cast.deployer).post("/environments/dev/plan/")
    job = Job.objects.get(kind="environments.plan")
    assert (answer.status_code, answer.url) == (302, job.get_absolute_url())
    assert client.post("/environments/dev/plan/").url == job.get_absolute_url()  # twice is once


@pytest.mark.parametrize("who", ["readonly", "auditor"])
def test_who_only_looks_cannot_plan(client, cast, dev, who):
    page = sign_in(client, getattr(cast, who)).post("/environments/dev/plan/")
    assert page.status_code == 403
    assert not Job.objects.exists()
    assert Event.objects.filter(outcome="refused", environment="dev").count() == 1


def test_a_plan_shows_its_changes_order_and_digest(client, cast, plan):
    page = sign_in(client, cast.readonly).get(plan.get_absolute_url())
    assert page.status_code == 200
    assert plan.digest in page.text
    assert "It does not exist yet." in page.text
    assert "Apply…" not in page.text
    assert "test-webhook-password" not in page.text


def test_a_plan_of_another_environment_is_not_there(client, cast, plan):
    assert (
        sign_in(client, cast.readonly).get(f"/environments/prod/plans/{plan.pk}/").status_code
        == 404
    )


def test_apply_asks_once_more_and_then_starts_the_job(client, cast, plan):
    sign_in(client, cast.deployer)
    address = reverse("plan-apply", args=["dev", plan.pk])
    assert "This changes Development in OCI" in client.get(address).text
    assert not Job.objects.filter(kind="environments.apply").exists()
    answer = client.post(address)
    assert answer.url == Job.objects.get(kind="environments.apply").get_absolute_url()


def test_a_used_plan_is_refused_with_an_audit_row(client, cast, plan):
    sign_in(client, cast.deployer)
    address = reverse("plan-apply", args=["dev", plan.pk])
    client.post(address)
    page = client.post(address)
    assert page.status_code == 409
    assert "was used already" in page.text
    assert Event.objects.filter(outcome="refused", subject=f"plan:{plan.pk}").count() == 1


def test_prod_takes_an_admin_and_the_typed_name(client, cast, prod_plan):
    address = reverse("plan-apply", args=["prod", prod_plan.pk])
    assert sign_in(client, cast.deployer).post(address, {"environment": "prod"}).status_code == 403
    sign_in(client, cast.admin)
    page = client.post(address, {"environment": "dev"})
    assert page.status_code == 400
    assert "type prod to confirm" in page.text
    assert not Job.objects.exists()
    assert client.post(address, {"environment": "prod"}).status_code == 302
    assert Plan.objects.get(pk=prod_plan.pk).state == "applying"


def test_prod_takes_a_fresh_sign_in(client, cast, prod_plan):
    sign_in(client, cast.admin, seconds_ago=3600)
    assert (
        client.post(
            reverse("plan-apply", args=["prod", prod_plan.pk]), {"environment": "prod"}
        ).status_code
        == 403
    )
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "model", ["environment", "plan", "managedresource", "secretreference", "driftreport"]
)
@pytest.mark.parametrize("who", LOOKERS)
def test_the_admin_lists_open_for_everybody_with_a_role(client, cast, dev, plan, who, model):
    resources(dev, 1)
    SecretReference.objects.create(environment=dev, name="DATABASE_URL", secret_ocid="ocid1.s")
    assert (
        sign_in(client, getattr(cast, who)).get(f"/admin/environments/{model}/").status_code == 200
    )


def test_the_admin_refuses_settings_in_words_and_keeps_the_old_ones(client, cast, dev):
    sign_in(client, cast.admin)
    form = form_of(dev, setting_listener_port="0")
    page = client.post(f"/admin/environments/environment/{dev.pk}/change/", form)
    assert page.status_code == 200
    assert "listener_port: 0 must be a whole number from 1 to 65535" in page.text
    dev.refresh_from_db()
    assert dev.setting("listener_port") == 80


def test_a_change_of_the_settings_is_in_the_audit_trail_with_both_values(client, cast, dev):
    sign_in(client, cast.admin)
    answer = client.post(
        f"/admin/environments/environment/{dev.pk}/change/", form_of(dev, owner="another-team")
    )
    assert answer.status_code == 302
    event = Event.objects.get(verb="environment.changed")
    assert "another-team" in event.body and "platform-team" in event.body


def test_a_deployer_cannot_change_settings(client, cast, dev):
    sign_in(client, cast.deployer)
    assert (
        client.post(
            f"/admin/environments/environment/{dev.pk}/change/", form_of(dev, owner="me")
        ).status_code
        == 403
    )
    dev.refresh_from_db()
    assert dev.owner == "platform-team"


def test_the_admin_action_plans(client, cast, dev):
    sign_in(client, cast.deployer)
    client.post(
        "/admin/environments/environment/",
        {"action": "plan", "_selected_action": [dev.pk], "confirmed": "yes"},
    )
    assert Job.objects.get().kind == "environments.plan"
    sign_in(client, cast.readonly)
    client.post(
        "/admin/environments/environment/",
        {"action": "plan", "_selected_action": [dev.pk], "confirmed": "yes"},
    )
    assert Job.objects.count() == 1


def form_of(environment, **changes):
    names = [
        "slug",
        "name",
        "position",
        "prefix",
        "owner",
        "cost_center",
        "home_region",
        "dr_region",
    ]
    plain = {name: getattr(environment, name) for name in names}
    return {**plain, **changes}
