"""The order of the steps: nothing old is drained before everything new is well, and the way
back begins with the traffic.
"""

import pytest

from portal.jobs.dispatch import submit
from releases.deployment import sequence
from releases.deployment.job_specs import RollbackSpec
from releases.requests.plan import ReleasePlan

OLD = {
    "version": "1.4.0",
    "api": [{"instance": "i", "backend": "10.0.0.1:8000"}],
    "workers": ["w"],
    "deployment": 1,
    "release": 1,
}
NEW = {
    "version": "1.5.0",
    "api": [{"instance": "j", "backend": "10.0.0.2:8000"}],
    "workers": ["v"],
    "deployment": 2,
    "release": 2,
}


MOVE = RollbackSpec.from_json({"from": NEW, "to": OLD, "plan": {}})


def plan(api=1, worker=1, previous=OLD, retire=()):
    counts = {"api": api, "worker": worker}
    facts = {"place": {"counts": counts}, "previous": previous, "retire": list(retire)}
    return ReleasePlan.from_json(facts)


def needs(steps):
    return {step.name: set(step.needs) for step in steps}


def test_old_instances_are_drained_only_when_all_new_ones_take_traffic():
    graph = needs(sequence.deploy(plan(api=3)))
    assert graph["watch_new"] == {"add_backend_1", "add_backend_2", "add_backend_3"}
    assert graph["shift"] == {"watch_new"} and graph["drain_old"] == {"shift"}
    assert graph["add_backend_2"] == {"wait_api_2"} and graph["wait_api_2"] == {"start_api_2"}
    assert graph["start_api_1"] == graph["start_api_3"] == {"save_evidence"}  # side by side


def test_the_smoke_test_sees_the_new_release_alone():
    graph = needs(sequence.deploy(plan(worker=2)))
    assert graph["smoke"] == {"drain_old", "wait_worker_1", "wait_worker_2"}
    assert graph["stop_old_workers"] == graph["clean_up"] == {"smoke"}


@pytest.mark.django_db
def test_a_deployment_does_not_park_while_a_step_of_it_is_in_time(dev, cast):
    ordered = {"head": "b2", "command": ["python"]}
    whole = plan(api=2, worker=2).as_json() | {"migration": ordered}
    spec = {"deployment": 1, "plan": whole}
    job = submit("releases.deploy", environment=dev.slug, actor=cast.deployer.actor, spec=spec)
    steps = sequence.deploy(ReleasePlan.from_json(whole))
    assert "migrate" in [step.name for step in steps]
    assert job.deadline_seconds >= sum(step.deadline_seconds for step in steps)


def test_a_release_without_workers_needs_none():
    assert needs(sequence.deploy(plan(worker=0)))["smoke"] == {"drain_old"}


def test_the_steps_are_the_same_whenever_they_are_asked():
    names = [step.name for step in sequence.deploy(plan(api=2))]
    assert names == [step.name for step in sequence.deploy(plan(api=2))] and len(names) == len(
        set(names)
    )


def undo(results, **more):
    return [step.name for step in sequence.undo_deploy(plan(**more), results)]


def test_the_way_back_gives_the_traffic_first_and_takes_nothing_before_the_old_are_well():
    results = {
        "start_api_1": {"instance": "j"},
        "add_backend_1": {"backend": "10.0.0.2:8000"},
        "drain_old": {"begun": True},
    }
    assert undo(results) == ["undrain_old", "await_old", "drain_new", "remove_new"]


def test_a_release_that_never_took_traffic_is_only_removed():
    assert undo({"start_api_1": {"instance": "j"}}) == ["remove_new"]


def test_the_first_release_of_an_environment_has_nothing_to_give_back_to():
    assert undo({"add_backend_1": {"backend": "10.0.0.2:8000"}}, previous=None) == ["remove_new"]


def test_old_workers_that_were_stopped_are_started_again():
    results = {"add_backend_1": {"backend": "10.0.0.2:8000"}, "stop_old_workers": {"begun": True}}
    assert undo(results) == [
        "undrain_old",
        "await_old",
        "drain_new",
        "start_old_workers",
        "remove_new",
    ]


def test_a_rollback_moves_traffic_in_its_first_step_and_drains_last():
    steps = sequence.rollback(MOVE)
    assert [step.name for step in steps][:3] == ["undrain_old", "await_old", "drain_new"]
    assert not steps[0].needs and steps[2].needs == ("await_old",)


def test_a_rollback_that_cannot_finish_leaves_the_traffic_where_it_was():
    names = [step.name for step in sequence.undo_rollback(MOVE, {})]
    assert names == ["undrain_new", "drain_old"]


def test_what_a_deployment_made_is_kept_for_its_row():
    results = {
        "wait_api_1": {"instance": "j1", "address": "10.0.0.2", "backend": "10.0.0.2:8000"},
        "wait_api_2": {"began": 1.0},
        "start_worker_1": {"instance": "v1", "name": "x"},
    }
    made = sequence.instances(plan(api=2), results)
    assert made == {"api": [{"instance": "j1", "backend": "10.0.0.2:8000"}], "workers": ["v1"]}
