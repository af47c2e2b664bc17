"""A change freeze: nothing begins, nothing goes on, until an admin lifts it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from environments.seed import seed_environments
from portal.audit.models import Event
from portal.jobs.models import ChangeFreeze
from portal.lib.refusal import Refused
from tests.portal.accounts.people import sign_in


def freeze(environment="", reason="the trail is behind its anchor"):
    return ChangeFreeze.objects.begin(environment, actor="user:ada", reason=reason)


def test_a_job_that_changes_something_is_refused_with_who_and_why(order, db):
    freeze("dev")
    with pytest.raises(Refused) as refused:
        order("walk", spec={"steps": ["a"]})
    assert "frozen since" in refused.value.message and "user:ada" in refused.value.message
    assert "behind its anchor" in refused.value.message and "admin" in refused.value.next_step


@pytest.mark.parametrize(("frozen", "refused"), [("stage", False), ("dev", True), ("", True)])
def test_it_holds_for_its_environment_or_for_all(order, run, frozen, refused):
    freeze(frozen)
    if refused:
        with pytest.raises(Refused):
            order("walk", spec={"steps": ["a"]})
    else:
        assert run(order("walk", spec={"steps": ["a"]})).state == "succeeded"


def test_a_job_at_work_parks_before_its_next_call_and_goes_on_when_it_is_lifted(order, run, cloud):
    cloud.before = lambda name: name == "thing0" and freeze("dev")
    job = run(order("undoable", title="Deploy 2", spec={"stop": False}))
    assert (job.state, "frozen since" in job.reason) == ("needs_operator", True)
    calls = len(cloud.calls)
    cloud.before = lambda name: None
    ChangeFreeze.objects.get().lift(actor="user:ada", reason="it was a drill")
    job.resume("user:dan")
    assert run(job).state == "succeeded" and len(cloud.calls) > calls


def test_a_second_freeze_of_the_same_place_is_the_first(db):
    first = freeze("dev")
    assert freeze("dev", "again") == first
    assert ChangeFreeze.objects.count() == 1
    assert Event.objects.filter(verb="changes.frozen").count() == 1
    freeze()
    assert ChangeFreeze.objects.in_force("dev").count() == 2


def test_lifting_is_audited_and_done_once(db):
    frozen = freeze("dev")
    frozen.lift(actor="user:ada", reason="understood")
    row = Event.objects.get(verb="changes.resumed")
    assert (row.actor, row.environment) == ("user:ada", "dev")
    with pytest.raises(Refused, match="lifted already"):
        frozen.lift(actor="user:ada", reason="again")
    assert not ChangeFreeze.objects.in_force("dev").exists()


def test_the_command_freezes_and_lifts(db):
    out = StringIO()
    call_command("freeze", "--reason", "restored from a backup", stdout=out)
    assert "the whole portal are frozen" in out.getvalue()
    call_command("freeze", "--lift", "--reason", "compared with the anchors", stdout=out)
    assert "go on" in out.getvalue()
    with pytest.raises((CommandError, SystemExit)):
        call_command("freeze", "--lift", "--reason", "again")


def test_the_dashboard_and_the_inbox_say_what_is_frozen(client, cast):
    seed_environments()
    freeze("dev", "the anchor is ahead")
    page = sign_in(client, cast.deployer).get("/").text
    assert page.count("changes frozen") == 1 and "p-badge" in page
    assert "the anchor is ahead" in client.get("/inbox/").text
