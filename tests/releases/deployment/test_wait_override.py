"""Letting a step go on that waits for computations: with a reason, by who may, once."""

import pytest

from portal.audit.verbs import Verb
from portal.jobs.models import Job, StepRow
from portal.lib.refusal import Forbidden, Invalid, Refused
from releases.deployment import wait_override
from releases.models import WaitOverride
from tests.portal.accounts.people import sign_in

pytestmark = pytest.mark.django_db
WORDS = "run 01234567 of exam e (running for 3 min) in progress"


@pytest.fixture
def job(dev):
    made = Job.objects.create(
        kind="releases.deploy",
        environment="dev",
        mutating=True,
        title="Deploy",
        actor="user:dan",
        code_version=1,
        spec_digest="x",
    )
    memo = {"waits_for": WORDS}
    StepRow.objects.create(
        job=made, name="stop_old_workers", label="Stop", position=1, state="waiting", memo=memo
    )
    return made


def test_it_is_given_with_a_reason_and_audited(job, cast, audited):
    with pytest.raises(Invalid, match="say why"):
        wait_override.override(job, cast.deployer, "")
    given = wait_override.override(job, cast.deployer, "a test exam")
    assert (given.step, given.waited_for) == ("stop_old_workers", WORDS)
    actor, outcome, detail = audited(Verb.RELEASE_GO_AHEAD)[-1]
    assert (actor, outcome, detail["reason"]) == (
        cast.deployer.actor,
        "done",
        "a test exam",
    ) and detail["waited_for"] == WORDS


def test_it_is_given_once(job, cast):
    wait_override.override(job, cast.deployer, "a test exam")
    with pytest.raises(Refused, match="is no longer waiting"):
        wait_override.override(job, cast.deployer, "again")
    assert WaitOverride.objects.count() == 1


def test_who_only_looks_cannot(job, cast):
    with pytest.raises(Forbidden):
        wait_override.override(job, cast.readonly, "please")


def test_a_parked_job_goes_on_with_it(job, cast):
    Job.objects.filter(pk=job.pk).update(state="needs_operator")
    job.step_rows.update(state="parked")
    wait_override.override(job, cast.deployer, "a test exam")
    job.refresh_from_db()
    assert job.state == "waiting"


def test_its_page_names_what_is_lost(client, job, cast):
    sign_in(client, cast.deployer)
    page = f"/releases/jobs/{job.pk}/go-on"
    assert WORDS in client.get(page).content.decode()
    assert client.post(page, {"reason": "a test exam"}).status_code == 302
    assert "It is no longer waiting" in client.get(page).content.decode()
