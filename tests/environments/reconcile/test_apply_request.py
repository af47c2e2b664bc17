"""Asking for an apply: every refusal in words, with an audit row, and nothing started."""

from datetime import timedelta

import pytest

from environments.models import Plan
from environments.reconcile.apply import apply
from environments.reconcile.planning import make_plan
from portal.audit.models import Event
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Forbidden, Refused


def refused(plan, said):
    with pytest.raises(Refused, match=said) as caught:
        apply(plan, actor="command:dan")
    assert caught.value.next_step
    assert caught.value.act.subject == f"plan:{plan.pk}"
    assert not Job.objects.filter(kind="environments.apply", spec__plan=plan.pk).exists()


def test_it_starts_one_job_that_holds_the_whole_order(plan):
    job = apply(plan, actor="command:dan")
    assert (job.kind, job.environment, job.mutating) == ("environments.apply", "dev", True)
    assert job.spec["digest"] == plan.digest
    assert len(job.step_rows.all()) == len(plan.with_action("create")) + 1
    plan.refresh_from_db()
    assert (plan.state, plan.apply_job) == ("applying", job.pk)
    assert (
        Event.objects.filter(verb="environment.apply_requested", subject=f"plan:{plan.pk}").count()
        == 1
    )


def test_no_password_is_in_the_order(plan):
    assert "test-webhook-password" not in str(apply(plan, actor="command:dan").spec)


def test_a_plan_is_applied_once(plan):
    apply(plan, actor="command:dan")
    with pytest.raises(Refused, match="was used already"):
        apply(plan, actor="command:dan")


def test_a_second_plan_waits_for_the_first_job(plan, dev):
    second = make_plan(dev, actor="command:dan")
    job = apply(plan, actor="command:dan")
    with pytest.raises(Refused):
        apply(second, actor="command:dan")
    assert Job.objects.active("dev").get() == job


def test_a_plan_from_before_another_apply_is_stale(plan, dev):
    later = make_plan(dev, actor="command:dan")
    Plan.objects.filter(pk=later.pk).update(state="applied", apply_at=now())
    refused(plan, f"is stale: plan {later.pk} was applied after it was made")


def test_a_plan_from_before_a_change_of_the_settings_is_stale(plan, dev):
    dev.settings["listener_port"] = 8111
    dev.save()
    refused(plan, "is stale: the settings of dev were changed")


def test_an_old_plan_is_stale(plan):
    Plan.objects.filter(pk=plan.pk).update(created_at=now() - timedelta(hours=25))
    refused(plan, "more than 24 hours old")


def test_an_empty_plan_is_refused(plan):
    Plan.objects.filter(pk=plan.pk).update(
        changes=[{**change, "action": "nothing"} for change in plan.changes]
    )
    refused(plan, "changes nothing")


def refuse_first(plan, *others):
    """Keep the plan with its first change refused, and the others as given."""
    first = {**plan.changes[0], "action": "refuse", "reason": "It belongs to stage."}
    Plan.objects.filter(pk=plan.pk).update(changes=[first, *others])


def test_a_plan_of_refusals_alone_is_refused_with_its_reason(plan):
    refuse_first(plan)
    refused(plan, "It belongs to stage")


def test_a_refusal_does_not_keep_the_other_changes_from_being_made(plan):
    refuse_first(plan, *plan.changes[1:])
    assert apply(plan, actor="command:dan").kind == "environments.apply"


@pytest.mark.parametrize("actor", ["user:nobody", "token:nobody/ci"])
def test_it_asks_itself_who_may(plan, actor):
    with pytest.raises(Forbidden, match="may not apply plans to dev"):
        apply(plan, actor=actor)
    assert not Job.objects.filter(kind="environments.apply").exists()
