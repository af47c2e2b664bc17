"""Four eyes on a plan that destroys: whoever writes, the database refuses what is not agreed
to by another person.
"""

import pytest
from django.db import DatabaseError, transaction

from environments.models import Environment, Plan, PlanApproval
from environments.reconcile import destroy as destroying
from environments.reconcile.destroy import approve, destroy, make_destroy_plan
from portal.audit.models import Event
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Refused
from tests.environments.build import built
from tests.portal.accounts.people import sign_in


@pytest.fixture(autouse=True)
def _finished(environments, monkeypatch):
    monkeypatch.setattr(destroying, "observe", lambda client, wanted, ocids: built(wanted)[0])
    monkeypatch.setattr(destroying, "_running", lambda client, compartment: [])
    monkeypatch.setattr(destroying, "_count_contents", lambda there, wanted, observed: {})


@pytest.fixture
def torn(cast):
    stage = Environment.objects.named("stage")
    return make_destroy_plan(stage, requester=cast.admin, empty=False, actor=cast.admin.actor)


def refused(act):
    with pytest.raises(DatabaseError), transaction.atomic():
        act()


def row(plan, approver, **changes):
    plain = {
        "plan": plan,
        "requester": plan.requester,
        "approver": approver,
        "digest": plan.digest,
        "approved_at": now(),
    }
    return PlanApproval.objects.create(**{**plain, **changes})


def test_another_person_agrees_once_and_it_can_be_carried_out(torn, cast):
    for _ in range(2):
        approve(torn, cast.deployer, digest=torn.digest, comment="seen")
    assert torn.agreed == 1 and Event.objects.filter(verb="environment.plan_approved").count() == 1
    job = destroy(torn, actor=cast.admin.actor)
    assert job.kind == "environments.destroy"
    with pytest.raises(Refused, match="used already"):
        destroy(torn, actor=cast.admin.actor)


def test_the_requester_a_looker_and_another_digest_are_refused(torn, cast):
    with pytest.raises(Forbidden):
        approve(torn, cast.admin, digest=torn.digest)
    for who, digest in ((cast.readonly, torn.digest), (cast.deployer, "sha256:other")):
        with pytest.raises(Refused):
            approve(torn, who, digest=digest)
    with pytest.raises(Refused, match="0 of 1 agreements"):
        destroy(torn, actor=cast.admin.actor)


def test_the_database_refuses_every_way_around(torn, cast):
    refused(lambda: Plan.objects.filter(pk=torn.pk).update(state="applying"))
    refused(lambda: Plan.objects.filter(pk=torn.pk).update(needed=0))
    refused(lambda: Plan.objects.filter(pk=torn.pk).update(requester=cast.deployer))
    refused(lambda: Plan.objects.filter(pk=torn.pk).update(digest="sha256:other"))
    refused(lambda: Plan.objects.filter(pk=torn.pk).update(kind="apply"))
    refused(lambda: row(torn, cast.admin))
    refused(lambda: row(torn, cast.admin, requester=cast.deployer))
    refused(lambda: row(torn, cast.deployer, digest="sha256:other"))
    kept = row(torn, cast.deployer)
    refused(lambda: row(torn, cast.deployer))
    refused(kept.delete)
    refused(lambda: PlanApproval.objects.filter(pk=kept.pk).update(comment="else"))
    Plan.objects.filter(pk=torn.pk).update(state="applying")


def test_a_plan_for_stage_without_a_second_person_cannot_be_written(torn):
    stage = torn.environment
    refused(
        lambda: Plan.objects.create(
            environment=stage, kind="destroy", digest="x", requester=torn.requester, needed=0
        )
    )
    refused(lambda: Plan.objects.create(environment=stage, kind="destroy", digest="x", needed=0))


def test_a_protected_environment_is_not_planned_away(cast, prod):
    with pytest.raises(Refused, match="prod is protected"):
        make_destroy_plan(prod, requester=cast.admin, empty=False, actor="user:ada")


def test_the_pages_show_what_stays_ask_for_the_name_and_for_a_second_person(client, cast, torn):
    page = sign_in(client, cast.deployer).get(torn.get_absolute_url())
    assert "Kept" in page.text and "All environments share it." in page.text
    assert "Agree to destroy stage" in page.text and "Destroy stage…" not in page.text
    client.post(f"{torn.get_absolute_url()}approve/", {"digest": torn.digest})
    assert client.get(f"{torn.get_absolute_url()}destroy/").status_code == 403
    assert "Destroy stage…" in sign_in(client, cast.admin).get(torn.get_absolute_url()).text
    answer = client.post(f"{torn.get_absolute_url()}destroy/", {"environment": "dev"})
    assert answer.status_code == 400 and "type stage to confirm" in answer.text
    assert (
        client.post(f"{torn.get_absolute_url()}destroy/", {"environment": "stage"}).status_code
        == 302
    )


def test_taking_down_takes_a_fresh_sign_in_and_an_admin(client, cast, torn):
    assert sign_in(client, cast.deployer).get("/environments/stage/destroy/").status_code == 403
    sign_in(client, cast.admin, seconds_ago=3600)
    assert (
        client.post(f"{torn.get_absolute_url()}destroy/", {"environment": "stage"}).status_code
        == 403
    )
    assert (
        "prod is protected" in sign_in(client, cast.admin).post("/environments/prod/destroy/").text
    )
