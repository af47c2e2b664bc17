"""However people park, resume, cancel, abandon and go round jobs, an older one never acts on what
a newer one has changed.
"""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.cloud import errors
from portal.cloud.client import Answer
from portal.jobs.definition import Done, JobKind, Step
from portal.jobs.dispatch import submit, supersede
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.refusal import Refused

pytestmark = pytest.mark.django_db


class World:
    """A load balancer and one setting; `troubles` next calls are refused by a limit."""

    def __init__(self):
        self.traffic, self.setting, self.live = {"v0"}, 0, "v0"
        self.troubles = 0
        self.callers = []
        self.half = False  # a job was left half done, on purpose

    def takes_token(self, service, operation):
        return False

    def change(self, service, operation, *values, retry_token=""):
        if self.troubles:
            self.troubles -= 1
            raise errors.LimitExceeded("limit")
        job, *values = values
        self.callers.append(job)
        getattr(self, operation)(*values)
        return Answer({}, "", "", "", 200, {})

    def add(self, version):
        self.traffic.add(version)

    def drain_others(self, version):
        self.traffic &= {version}

    def drain(self, version):
        self.traffic -= {version}

    def put(self, value):
        self.setting = value


WORLD = World()


def call(operation, value, ctx):
    order = ctx.job.spec["order"]
    ctx.remember(begun=True)
    ctx.change("double", operation, order, value, label=f"{operation} {value}", find=lambda: None)
    return Done({"done": True})


def step(name, operation, value, needs=()):
    return Step(name, lambda ctx: call(operation, value, ctx), needs)


class Deploy(JobKind):
    """Adds a version beside the live one, then drains all others; gives the traffic back."""

    def steps(self, job):
        version = job.spec["version"]
        return [step("add", "add", version), step("drain", "drain_others", version, ["add"])]

    def compensation(self, job, results):
        back = [step("give_back", "add", job.spec["live"])] if "drain" in results else []
        return [*back, step("out", "drain", job.spec["version"])] if "add" in results else []

    def finished(self, job, results):
        moved = job.state == "failed" and not job.undoing and "drain" in results
        if job.state == "succeeded" or moved:
            WORLD.live = job.spec["version"]
        if job.state == "failed" and results:
            WORLD.half = True
        elif job.state == "succeeded":
            WORLD.half = False


class Rollback(Deploy):
    """Gives all traffic to an older version."""

    def compensation(self, job, results):
        return []


class Apply(JobKind):
    """Makes the setting what the plan says."""

    def steps(self, job):
        return [step("put", "put", job.spec["value"]), step("again", "put", job.spec["value"])]


KINDS = {
    f"test.{one.__name__.lower()}": f"{__name__}.{one.__name__}"
    for one in (Deploy, Rollback, Apply)
}
ACTS = ["deploy", "apply", "rollback", "resume", "cancel", "abandon"]
# an act, how many of the next calls meet a limit, and whether a worker comes before the next act
MOVE = st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.sampled_from([True, True, False]))
MOVES = st.lists(MOVE, min_size=2, max_size=7)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_no_order_of_acts_lets_an_older_job_change_what_a_newer_one_made(moves, settings):
    settings.JOB_KINDS = KINDS
    globals()["WORLD"] = World()
    with transaction.atomic():
        for number, (act, troubles, runs) in enumerate(moves, start=1):
            perform(act, number)
            WORLD.troubles = troubles
            if runs:
                perform("run", number)
            check()
        settle()
        transaction.set_rollback(True)


def perform(act, number):
    """Do it; a refusal is an answer."""
    try:
        with transaction.atomic():
            if act == "run":
                run_until_idle(make_client=lambda: WORLD, hurry=True, timeout=0)
            elif act in ("deploy", "apply", "rollback"):
                order(act, number)
            else:
                on_each_job(act)
    except Refused:
        return


def order(act, number):
    by = None
    if act == "rollback":
        by, _ = supersede("dev", actor="user:oncall", words="A rollback")
    version = WORLD.live if act == "rollback" else f"v{number}"
    spec = {"order": number, "version": version, "live": WORLD.live, "value": number}
    submit(f"test.{act}", environment="dev", actor="user:dora", spec=spec, pk=by)


def on_each_job(act):
    for job in Job.objects.order_by("created_at"):
        try:
            with transaction.atomic():
                if act == "resume":
                    job.resume("user:dora")
                elif act == "cancel":
                    job.request_cancel("user:dora")
                else:
                    job.abandon("user:ada", "of no use")
        except Refused:
            continue


def check():
    assert WORLD.callers == sorted(WORLD.callers), "an older job called after a newer one"
    assert Job.objects.holding("dev").count() <= 1
    if not Job.objects.unfinished().exists() and not WORLD.half:
        assert WORLD.traffic == {WORLD.live}


def settle():
    """Whatever was left, the next deployment and the next apply end well and are what OCI has."""
    WORLD.troubles = 0
    perform("run", 0)
    perform("abandon", 0)
    for act, number in (("deploy", 98), ("apply", 99)):
        order(act, number)
        perform("run", 0)
        check()
    assert WORLD.traffic == {"v98"} and WORLD.setting == 99
    assert not Job.objects.unfinished().exists()
