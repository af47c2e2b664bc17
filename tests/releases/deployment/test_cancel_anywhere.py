"""A deployment cancelled at each of its steps, done or half-done: somebody well has the traffic at
every moment of the way back.

The steps are acted out on a little load balancer: what each does to the traffic is written here,
their order is the product's.
"""

import pytest

from releases.deployment import sequence
from releases.requests.plan import ReleasePlan
from tests.releases.deployment.test_sequence import OLD, plan

OLD_BACKEND = "10.0.0.1:8000"
MIGRATION = {"head": "c4", "command": []}


def planned(version, migration=None, **counts):
    facts = plan(**counts).as_json()
    return ReleasePlan.from_json({**facts, "version": version, "migration": migration})


class Balancer:
    """Who takes traffic: backend name to whether it is drained; `lost` when nobody takes any."""

    def __init__(self):
        self.backends, self.lost = {OLD_BACKEND: False}, False

    def change(self, **changes):
        for name, drained in changes.items():
            if drained is None:
                self.backends.pop(name, None)
            else:
                self.backends[name] = drained
        self.lost |= all(self.backends.values())


def new(number):
    return f"10.0.1.{number}:8000"


def act(balancer, name, counts):
    """Do to the traffic what the step does."""
    news = {
        new(number): None for number in range(1, counts + 1) if new(number) in balancer.backends
    }
    if name.startswith("add_backend_"):
        balancer.change(**{new(int(name.rpartition("_")[2])): False})
    elif name in ("drain_old", "keep_old_drained"):
        balancer.change(**{OLD_BACKEND: True})
    elif name == "undrain_old":
        balancer.change(**{OLD_BACKEND: False})
    elif name in ("drain_new", "keep_new"):
        balancer.change(**dict.fromkeys(news, name == "drain_new"))
    elif name == "remove_new":
        balancer.change(**news)


def result(name, ran):
    number = int(name.rpartition("_")[2]) if name[-1].isdigit() else 0
    if name.startswith(("wait_api", "add_backend")):
        return {"backend": new(number), "instance": f"i{number}"}
    return {"migrate": {"after": "c4", "ran": ran}, "drain_old": {"backends": [OLD_BACKEND]}}.get(
        name, {"instance": name}
    )


def memo(name, full):
    """Return what a step that was cut off has remembered."""
    if name.startswith("add_backend"):
        return {"backend": full["backend"]}
    return {"begun": True} if name in ("drain_old", "stop_old_workers", "migrate") else {}


def cut(steps, at, *, half, ran):
    """Run the steps before `at`, and that one by half; return the balancer and what the steps
    left.
    """
    balancer, results = Balancer(), {}
    for name in [step.name for step in steps][: at + half]:
        act(balancer, name, 2)
        results[name] = result(name, ran)
    if half:
        results[name] = memo(name, results[name])
    return balancer, {name: value for name, value in results.items() if value}


CUTS = [
    (at, half)
    for at in range(len(sequence.deploy(planned(api=2, version="2.0.0", migration=MIGRATION))))
    for half in (0, 1)
]


@pytest.mark.parametrize(("at", "half"), CUTS)
def test_the_traffic_ends_where_it_was(at, half):
    order = planned(api=2, version="2.0.0", migration=MIGRATION)
    balancer, results = cut(sequence.deploy(order), at, half=half, ran=[])
    for step in sequence.undo_deploy(order, results):
        act(balancer, step.name, 2)
    assert not balancer.lost and balancer.backends == {OLD_BACKEND: False}


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize(("at", "half"), [cut for cut in CUTS if cut[0] > 2])
def test_after_a_one_way_migration_it_ends_on_the_safe_side(at, half, side):
    order = planned(api=2, version="2.0.0", migration=MIGRATION)
    steps = sequence.deploy(order)
    balancer, results = cut(steps, at, half=half, ran=[{"revision": "c4", "one_way": True}])
    whole = all(new(number) in balancer.backends for number in (1, 2))
    if side == "new" and not whole:
        return  # half a release is never the safe side
    for step in sequence.undo_deploy(order, results):
        if step.name != "choose_side" and kept_for(step.name) == side:
            act(balancer, step.name, 2)
    assert not balancer.lost
    expected = (
        {OLD_BACKEND: False} if side == "old" else {OLD_BACKEND: True, new(1): False, new(2): False}
    )
    assert balancer.backends == expected


def kept_for(name):
    return "new" if name.startswith("keep_") else "old"


def test_a_first_release_that_is_cancelled_is_only_removed():
    order = planned(previous=None, version="1.0.0")
    names = [
        step.name for step in sequence.undo_deploy(order, {"add_backend_1": {"backend": new(1)}})
    ]
    assert names == ["remove_new"] and OLD["version"] == "1.4.0"


def test_a_migration_under_way_ends_before_anything_is_undone():
    order = planned(version="2.0.0", migration=MIGRATION)
    names = [
        step.name
        for step in sequence.undo_deploy(order, {"migrate": {"begun": True, "instance": "m"}})
    ]
    assert names == ["settle_migration", "remove_new"]
