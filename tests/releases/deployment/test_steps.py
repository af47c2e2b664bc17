"""Steps of a deployment one by one, against a cloud of a few canned answers: what they wait
for, and when they stop.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from portal.cloud.client import Answer
from portal.cloud.errors import Conflict, NotFoundOrForbidden
from portal.jobs.definition import Done, Stop, Wait
from releases.deployment import traffic
from releases.deployment.images import Image
from releases.deployment.steps import (
    check_images,
    move_traffic,
    remove_instances,
    wait_healthy,
    workers,
)
from releases.requests.plan import ApiInstance, InstanceSet, Placement

PLACE = {
    "region": "us-ashburn-1",
    "compartment": "c",
    "load_balancer": "lb",
    "backend_set": "api",
    "port": 8000,
}
STARTED = {"start_api_1": {"instance": "i1"}, "start_worker_1": {"instance": "w1"}}


class Cloud:
    """Answers each operation from a table; an exception in it is raised."""

    def __init__(self, answers):
        self.answers, self.changed = answers, []

    def read(self, service, operation, *args, **kwargs):
        found = self.answers[operation]
        if isinstance(found, Exception):
            raise found
        return Answer(found, "", "", "", 200, {})

    def pages(self, service, operation, *args, **kwargs):
        return self.read(service, operation).data


@pytest.fixture
def context(monkeypatch):
    """Return a maker of step contexts that speak to the canned cloud."""

    def context(results=STARTED, spec=None, **answers):
        cloud = Cloud(answers)
        monkeypatch.setattr("releases.deployment.context.replace", lambda client, region: cloud)
        ctx = SimpleNamespace(
            spec={"plan": {"place": PLACE}, **(spec or {})},
            results=results,
            memo={},
            client=None,
            said=[],
        )
        ctx.now = datetime(2026, 11, 23, tzinfo=UTC)
        ctx.job = SimpleNamespace(pk="job-1")
        ctx.remember = lambda **values: ctx.memo.update(values)
        ctx.say = ctx.said.append
        ctx.change = lambda service, operation, *args, **kwargs: _change(cloud, operation, args)
        ctx.cloud = cloud
        ctx.kept = []  # the instances whose logs were kept
        monkeypatch.setattr(
            "releases.deployment.logs.save", lambda ctx, found: ctx.kept.append(found["id"]) or []
        )
        return ctx

    return context


def _change(cloud, operation, args):
    found = cloud.answers.get(operation, {})
    cloud.changed.append((operation, *args))
    if isinstance(found, Exception):
        raise found
    return Answer(found, "", "", "work-1" if "backend" in operation else "", 200, {})


def instance(state="ACTIVE", **more):
    return {
        "id": "i1",
        "displayName": "api",
        "lifecycleState": state,
        "containers": [{"containerId": "k1"}],
        "vnics": [{"vnicId": "v1"}],
        **more,
    }


def container(state="ACTIVE", health="HEALTHY", **more):
    return {
        "displayName": "api",
        "lifecycleState": state,
        "healthChecks": [{"name": "health", "status": health}],
        **more,
    }


def wait_api(ctx):
    return wait_healthy.await_healthy("api", 1, ctx)


def test_a_healthy_instance_tells_its_address_as_its_network_card_has_it(context):
    ctx = context(
        get_container_instance=instance(),
        get_container=container(),
        get_vnic={"privateIp": "10.20.10.9"},
    )
    assert wait_api(ctx) == Done(
        {"instance": "i1", "address": "10.20.10.9", "backend": "10.20.10.9:8000"}
    )


@pytest.mark.parametrize(
    ("seen", "held", "words"),
    [
        (instance("CREATING"), container(), "api is CREATING"),
        (instance(), container("CREATING"), "the container api is CREATING"),
        (instance(), container(health="UNHEALTHY"), "check 'health' is not yet HEALTHY"),
        (instance(), NotFoundOrForbidden("not there"), "its container is being created"),
    ],
)
def test_it_waits_with_words_for_what_may_still_come(context, seen, held, words):
    outcome = wait_api(context(get_container_instance=seen, get_container=held))
    assert isinstance(outcome, Wait) and words in outcome.note


@pytest.mark.parametrize(
    ("seen", "held", "words"),
    [
        (
            instance("FAILED", lifecycleDetails="the image could not be pulled"),
            container(),
            "FAILED: the image could not be pulled",
        ),
        (instance("DELETED"), container(), "DELETED: no details"),
        (instance(), container("FAILED", exitCode=3), r"exit code 3, 0 restarts"),
        (
            instance(),
            container(containerRestartAttemptCount=3, exitCode=1),
            r"exit code 1, 3 restarts",
        ),
    ],
)
def test_it_stops_at_what_will_not_come(context, seen, held, words):
    with pytest.raises(Stop, match=words):
        wait_api(context(get_container_instance=seen, get_container=held))


def test_it_stops_when_health_does_not_come_in_time(context):
    ctx = context(get_container_instance=instance(), get_container=container(health="UNHEALTHY"))
    assert isinstance(wait_api(ctx), Wait)
    ctx.now += timedelta(seconds=301)
    with pytest.raises(Stop, match="Not healthy after 300 s: the container's check 'health'"):
        wait_api(ctx)


def test_a_worker_has_no_health_check_so_it_has_to_run_for_a_minute(context, settings):
    settings.WORKER_STEADY_SECONDS = 60
    held = {**container(), "healthChecks": []}
    ctx = context(get_container_instance=instance(), get_container=held)

    def after(seconds, restarts=0):
        held["containerRestartAttemptCount"] = restarts
        ctx.now += timedelta(seconds=seconds)
        return wait_healthy.await_healthy("worker", 1, ctx)

    assert "60 s more without a restart" in after(0).note
    assert "1 s more" in after(59).note
    assert "60 s more" in after(1, restarts=1).note  # it died: the minute begins again
    assert after(60, restarts=1) == Done({"instance": "w1"})
    with pytest.raises(Stop, match="3 restarts"):
        after(1, restarts=3)


def test_a_busy_load_balancer_is_waited_for(context):
    assert isinstance(
        traffic.drain(
            context(update_backend=Conflict("busy")),
            Placement.from_json(PLACE),
            "10.0.0.1:8000",
            on=True,
        ),
        Wait,
    )


@pytest.mark.parametrize(
    ("state", "waits"), [("ACCEPTED", True), ("IN_PROGRESS", True), ("SUCCEEDED", False)]
)
def test_a_change_of_traffic_is_seen_to_its_end(context, state, waits):
    ctx = context(get_work_request={"lifecycleState": state})
    assert (
        traffic.drain(ctx, Placement.from_json(PLACE), "10.0.0.1:8000", on=True) is not None
    ) is waits
    flags = ctx.cloud.changed[0][1]
    assert flags == {
        "weight": 10,
        "backup": False,
        "drain": True,
        "offline": False,
    }  # OCI wants all four


def test_a_change_of_traffic_that_fails_stops(context):
    with pytest.raises(Stop, match=r"could not undrain 10\.0\.0\.1:8000: no route"):
        traffic.drain(
            context(get_work_request={"lifecycleState": "FAILED", "message": "no route"}),
            Placement.from_json(PLACE),
            "10.0.0.1:8000",
            on=False,
        )


def test_kept_instances_that_do_not_come_back_stop_the_rollback_before_anything_is_drained(context):
    ctx = context(get_backend_health={"status": "CRITICAL"})
    assert isinstance(move_traffic.await_health(("10.0.0.1:8000",), ctx), Wait)
    ctx.now += timedelta(seconds=61)
    with pytest.raises(Stop, match="do not answer"):
        move_traffic.await_health(("10.0.0.1:8000",), ctx)


def wanted(digest="sha256:a"):
    image = {"repository": "conceptlens-dev/api", "tag": "1.4.0", "digest": digest}
    return {"plan": {"place": PLACE, "images": {"api": image}}}


def listing(monkeypatch, *found):
    monkeypatch.setattr(
        "releases.deployment.images.read",
        lambda *args: [Image("conceptlens-dev/api", tag, sha, "") for tag, sha in found],
    )


def test_images_that_are_still_the_same_pass(context, monkeypatch):
    listing(monkeypatch, ("1.4.0", "sha256:a"), ("1.3.0", "sha256:b"))
    assert check_images.check_images(context(spec=wanted())) == Done({"api": "sha256:a"})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([("1.4.0", "sha256:b")], "no longer exists. Nothing was changed"),
        (
            [("1.4.0", "sha256:b"), ("old", "sha256:a")],
            r"The tag conceptlens-dev/api:1.4.0 now names sha256:b",
        ),
        ([], "no longer exists"),
    ],
)
def test_images_that_were_deleted_or_moved_stop_the_job(context, monkeypatch, found, words):
    listing(monkeypatch, *found)
    with pytest.raises(Stop, match=words):
        check_images.check_images(context(spec=wanted()))


OLD = InstanceSet(7, 1, "1.2.0", [ApiInstance("i0", "10.0.0.9:8000")], ["w0"])


def test_cleaning_up_goes_on_when_something_resists(context):
    ctx = context(
        delete_backend=NotFoundOrForbidden("gone"),
        get_container_instance=instance(),
        delete_container_instance=Conflict("busy"),
    )
    assert remove_instances.remove_old((OLD,), False, ctx) == Done({"removed": []})
    assert "not removed: 1.2.0" in ctx.said[0]


def test_cleaning_up_what_is_already_gone_is_done(context):
    ctx = context(
        delete_backend=NotFoundOrForbidden("gone"),
        get_container_instance=NotFoundOrForbidden("gone"),
    )
    assert remove_instances.remove_old((OLD,), False, ctx) == Done({"removed": [7]})


def test_a_worker_that_cannot_be_switched_is_told_and_left(context):
    ctx = context(
        get_container_instance=instance("ACTIVE"), stop_container_instance=Conflict("busy")
    )
    assert workers.switch_workers(("w1",), False, ctx) == Done({"workers": ["w1"], "left": ["w1"]})


def test_new_instances_are_removed_after_a_moment_for_requests_in_flight(context):
    found = [
        {"id": "i1", "lifecycleState": "ACTIVE", "freeformTags": {"portal-job": "job-1"}},
        {"id": "i2", "lifecycleState": "DELETED", "freeformTags": {"portal-job": "job-1"}},
        {"id": "i3", "lifecycleState": "ACTIVE", "freeformTags": {"portal-job": "job-2"}},
    ]
    ctx = context(
        list_backends=[{"name": "10.0.0.1:8000"}],
        list_container_instances=found,
        get_container_instance=instance(),
        get_work_request={"lifecycleState": "SUCCEEDED"},
    )
    assert (
        isinstance(remove_instances.remove_made(("10.0.0.1:8000",), ctx), Wait)
        and ctx.cloud.changed == []
    )
    assert remove_instances.remove_made(("10.0.0.1:8000",), ctx) == Done({"removed": ["i1"]})
    assert [call[0] for call in ctx.cloud.changed] == [
        "delete_backend",
        "delete_container_instance",
    ]
    assert ctx.kept == ["i1"]  # OCI forgets what a container wrote together with its instance
