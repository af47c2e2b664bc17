"""Where the traffic is safe when a deployment cannot go on."""

import pytest

from releases.deployment.traffic_decision import TrafficState, decide


def stand(*, one_way="c4", on_new, old_well=True, new_well=True, old="1.4.0"):
    return TrafficState(old, "2.0.0", one_way, on_new, old_well, new_well)


@pytest.mark.parametrize(
    ("now", "side", "words"),
    [
        (
            stand(one_way="", on_new=True, old_well=False),
            "old",
            "goes back to 1.4.0",
        ),  # the ordinary way back, waited for there
        (stand(one_way="", on_new=True, old=""), "old", "There was no release before"),
        (
            stand(on_new=True),
            "new",
            "1.4.0 may not work with the schema, so the traffic stays on 2.0.0",
        ),
        (stand(on_new=True, old_well=False), "new", "stays on 2.0.0"),
        (
            stand(on_new=True, new_well=False),
            "old",
            "2.0.0 is unhealthy and 1.4.0 is healthy: it gets the traffic",
        ),
        (stand(on_new=False), "old", "the traffic never left 1.4.0"),
        (stand(on_new=False, old_well=False), "new", "1.4.0 is unhealthy and 2.0.0 is healthy"),
        (stand(on_new=False, new_well=False), "old", "never left 1.4.0"),
        (
            stand(on_new=True, old_well=False, new_well=False),
            "stuck",
            "neither 1.4.0 nor 2.0.0 is healthy: nothing was moved",
        ),
        (
            stand(on_new=True, old="", old_well=False, new_well=False),
            "stuck",
            "neither a release before nor 2.0.0",
        ),
    ],
)
def test_it_is_a_table(now, side, words):
    found = decide(now)
    assert found[0] == side and words in found[1]


@pytest.mark.parametrize("on_new", [True, False])
@pytest.mark.parametrize("old_well", [True, False])
@pytest.mark.parametrize("new_well", [True, False])
def test_after_a_one_way_migration_nobody_unwell_gets_traffic_from_somebody_well(
    on_new, old_well, new_well
):
    side, _ = decide(stand(on_new=on_new, old_well=old_well, new_well=new_well))
    assert {"old": old_well, "new": new_well, "stuck": not old_well and not new_well}[side]
