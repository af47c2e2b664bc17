"""The command line: plan prints and changes nothing, apply follows; bad input is exit 2 with
words.
"""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from environments.models import Plan
from portal.audit.models import Event
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle


def run(*words):
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def refused(*words):
    with pytest.raises(CommandError) as caught:
        run(*words)
    return caught.value.returncode, str(caught.value)


def test_plan_prints_every_change_with_its_reason_and_the_way_on(dev, empty_oci):
    text = run("plan", "dev")
    plan = Plan.objects.get()
    assert plan.digest in text
    assert "+ create  vcn (VCN conceptlens-dev-vcn): It does not exist yet." in text
    assert f"manage.py apply {plan.pk}" in text
    assert plan.requested_by.startswith("command:")
    assert not Job.objects.exists()


def test_plan_of_what_is_as_it_should_be_says_so(dev, finished_oci):
    for change in (run("plan", "dev"), Plan.objects.get())[1].changes:
        dev.resources.create(
            key=change["key"],
            kind=change["kind"],
            ocid=change["ocid"],
            seen_at=Plan.objects.get().created_at,
        )
    assert run("plan", "dev").rstrip().endswith("Nothing to do.")


def test_an_unknown_environment_is_exit_2_and_names_the_known_ones(dev):
    code, said = refused("plan", "test")
    assert code == 2
    assert "dev, stage, prod" in said
    assert Event.objects.filter(outcome="refused", actor__startswith="command:").count() == 1


def test_oci_that_does_not_answer_is_exit_1_in_words(dev, settings):
    settings.OCI = {**settings.OCI, "endpoint": "http://127.0.0.1:9", "tenancy": ""}
    code, said = refused("plan", "dev")
    assert code == 1
    assert "OCI_TENANCY" in said


def test_apply_of_a_plan_that_is_not_there_is_exit_2(dev):
    code, said = refused("apply", "4711")
    assert (code, "There is no plan 4711. Make one with: manage.py plan ENV." in said) == (2, True)


def test_apply_of_a_used_plan_is_exit_2_with_an_audit_row(plan):
    Plan.objects.filter(pk=plan.pk).update(state="applied")
    code, said = refused("apply", str(plan.pk))
    assert (code, "was used already" in said) == (2, True)
    assert Event.objects.filter(outcome="refused", subject=f"plan:{plan.pk}").count() == 1


def test_apply_follows_the_job_and_tells_how_it_ended(plan, settings, monkeypatch):
    settings.OCI = {**settings.OCI, "endpoint": "http://127.0.0.1:9", "tenancy": ""}
    # The worker's part, in the place where the command waits for it.
    monkeypatch.setattr(
        "environments.management.commands.apply.time.sleep",
        lambda seconds: run_until_idle(hurry=True),
    )
    code, said = refused("apply", str(plan.pk))
    assert code == 1
    assert "check" in said
