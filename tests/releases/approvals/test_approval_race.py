"""Many approvers in the same moment: the release is dispatched once, and never left approved
but stuck.
"""

import threading

import pytest
from django.db import connection

from portal.accounts.roles import Role
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from releases.approvals import decide
from releases.models import Approval, Deployment, Release
from tests.portal.accounts.people import make_cast, person
from tests.releases.builders import provisioned, requested

ROUNDS = 6
APPROVERS = 5


def vote(release, user, start, told):
    """Approve in a thread of its own, together with the others."""
    start.wait()
    try:
        told.append(decide.approve(release.pk, user, digest=release.digest)[1])
    except Refused as error:
        told.append(error)
    finally:
        connection.close()


@pytest.mark.usefixtures("committed_db")
def test_the_last_needed_approval_dispatches_exactly_once():
    cast = make_cast()
    prod = provisioned("prod")
    approvers = [person(f"approver{number}", roles=[Role.DEPLOYER]) for number in range(APPROVERS)]
    for turn in range(ROUNDS):
        release = requested(prod, cast.deployer, f"1.{turn}.0")
        start, told = threading.Barrier(APPROVERS), []
        threads = [
            threading.Thread(target=vote, args=(release, user, start, told)) for user in approvers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        jobs = [answer for answer in told if isinstance(answer, Job)]
        assert len(told) == APPROVERS and len(jobs) == 1
        assert Release.objects.get(pk=release.pk).state == "deploying"
        assert Approval.objects.filter(release=release).count() == 2
        assert Deployment.objects.filter(release=release).count() == 1
        _make_room(jobs[0])


def _make_room(job):
    """Let the job be over, so that the next round finds the environment free."""
    Job.objects.filter(pk=job.pk).update(state="running")
    Job.objects.filter(pk=job.pk).update(state="failed")


def deny(release, user, start, told):
    """Deny in a thread of its own, together with the others."""
    start.wait()
    try:
        told.append(decide.deny(release.pk, user, reason="not this one"))
    except Refused as error:
        told.append(error)
    finally:
        connection.close()


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("needed", [1, 2])
def test_a_denial_in_the_same_moment_either_comes_first_or_too_late(needed):
    cast = make_cast()
    prod = provisioned("prod", settings={"approvals_needed": needed, "promote_from": "anywhere"})
    approvers = [person(f"approver{number}", roles=[Role.DEPLOYER]) for number in range(needed)]
    for turn in range(ROUNDS):
        release = requested(prod, cast.deployer, f"1.{turn}.0")
        start, told = threading.Barrier(needed + 1), []
        threads = [
            threading.Thread(target=vote, args=(release, user, start, told)) for user in approvers
        ]
        threads.append(threading.Thread(target=deny, args=(release, cast.admin, start, told)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        jobs = [answer for answer in told if isinstance(answer, Job)]
        denied = [answer for answer in told if isinstance(answer, Release)]
        assert len(told) == needed + 1 and len(jobs) + len(denied) == 1  # never both, never neither
        assert Release.objects.get(pk=release.pk).state == ("deploying" if jobs else "denied")
        assert Deployment.objects.filter(release=release).count() == len(jobs)
        for job in jobs:
            _make_room(job)
