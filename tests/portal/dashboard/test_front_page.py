"""The front page and the inbox: what each role finds there, the part that refreshes itself,
and what they cost.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.jobs.models import Job
from releases.models import Deployment, Release
from runbooks.models import Incident
from tests.portal.accounts.people import person, sign_in
from tests.releases.builders import deployed, provisioned, requested

MOST_QUERIES = 15
LOOKING, DECIDING = ("readonly", "auditor"), ("admin", "other_deployer")


def job(number=0, *, state="succeeded", environment="dev", actor="user:dan", **fields):
    title = fields.pop("title", f"Job {number} of {environment}")
    return Job.objects.create(
        kind="environments.plan",
        environment=environment,
        mutating=False,
        state=state,
        actor=actor,
        title=title,
        code_version=1,
        **fields,
    )


def incident(environment, number=0):
    return Incident.objects.create(
        environment=environment, kind="unknown", title=f"Trouble {number}"
    )


@pytest.fixture
def dev(cast):
    """An environment with all that can wait in it."""
    environment = provisioned("dev", name="Development")
    deployed(environment, cast.deployer, "1.4.0", state=Deployment.State.STANDBY)
    deployed(environment, cast.deployer, "1.5.0")
    for state in (Release.State.APPROVED, Release.State.DEPLOYING, Release.State.DEPLOYED):
        Release.objects.update(state=state)
    requested(environment, cast.deployer, "1.6.0")
    incident(environment)
    job(state="needs_operator", title="Apply plan 1 to dev", reason="The limit is reached.")
    return environment


def look(client, user, address="/"):
    answer = sign_in(client, user).get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.mark.parametrize("who", [*LOOKING, *DECIDING])
def test_everybody_with_a_role_sees_how_the_environments_stand(client, cast, dev, who):
    page = look(client, getattr(cast, who))
    for part in (
        "Development",
        ">1.5.0<",
        "1.4.0 on standby",
        "Trouble 0",
        ">1.6.0<",
        "Apply plan 1 to dev",
        "needs operator",
    ):
        assert part in page, part


def test_a_stranger_sees_nothing_of_it(client, cast, dev):
    answer = sign_in(client, cast.stranger).get("/")
    assert answer.status_code == 403
    assert "1.5.0" not in answer.content.decode()


def test_nobody_sees_it_without_signing_in(client, dev):
    for address in ("/", "/?part=cards", "/inbox/"):
        assert client.get(address).url.startswith("/accounts/login/"), address


@pytest.mark.parametrize("who", DECIDING)
def test_the_inbox_holds_what_the_person_can_act_on(client, cast, dev, who):
    page = look(client, getattr(cast, who), "/inbox/")
    for part in ("1.6.0 for dev", "Trouble 0", "Apply plan 1 to dev"):
        assert part in page, part
    assert 'hx-get="/inbox/count"' in page
    assert (
        look(client, getattr(cast, who), "/inbox/count").strip()
        == '<span class="p-badge is-warn">3</span>'
    )


@pytest.mark.parametrize("who", LOOKING)
def test_the_inbox_asks_nobody_to_approve_who_may_not(client, cast, dev, who):
    page = look(client, getattr(cast, who), "/inbox/")
    assert "1.6.0 for dev" not in page
    assert "Apply plan 1 to dev" not in page


def test_the_inbox_asks_nobody_to_approve_his_own(client, cast, dev):
    assert "1.6.0 for dev" not in look(client, cast.deployer, "/inbox/")


def test_an_empty_inbox_says_so(client, cast):
    assert "Nothing is waiting for you." in look(client, cast.deployer, "/inbox/")
    assert look(client, cast.deployer, "/inbox/count").strip() == ""


def test_an_incident_that_somebody_took_waits_for_nobody(client, cast, dev):
    Incident.objects.get().acknowledge(cast.deployer)
    assert "Trouble 0" not in look(client, cast.other_deployer, "/inbox/")


def test_the_refreshed_part_is_the_cards_without_the_frame(client, cast, dev):
    part = look(client, cast.readonly, "/?part=cards")
    assert ">1.5.0<" in part
    assert "<html" not in part
    assert "nav-sidebar" not in part
    assert part.strip() in look(client, cast.readonly)


def test_what_the_portal_did_well_by_itself_is_no_news(client, cast, dev):
    job(actor="system:schedule", title="Poll alarms")
    job(actor="system:schedule", title="Poll alarms in vain", state="failed")
    page = look(client, cast.readonly)
    assert "Poll alarms in vain" in page
    assert "Poll alarms<" not in page


def test_a_fresh_portal_says_how_to_get_environments(client, cast):
    assert "manage.py seed" in look(client, cast.readonly)


def queries(client, address):
    client.get(address)  # the first look may write that the person was seen
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("address", ["/", "/?part=cards", "/inbox/", "/inbox/count"])
def test_fifty_rows_cost_as_many_queries_as_one(client, cast, dev, address):
    sign_in(client, cast.other_deployer)
    one = queries(client, address)
    for number in range(1, 50):
        job(number, state="needs_operator" if number % 2 else "failed")
        incident(dev, number)
        requested(dev, person(f"asker-{number}", roles=["deployer"]), f"2.{number}.0")
    assert queries(client, address) == one <= MOST_QUERIES
