"""Vaults, keys and secrets are never deleted at once: a date, a state, and a way back until
then.
"""

from datetime import UTC, datetime, timedelta

import pytest

from environments.kinds import KINDS
from environments.kinds.states import first_midnight_after
from tests.environments.kinds.test_every_kind import DirectWriter
from tests.environments.site import Site


@pytest.mark.parametrize(("key", "days"), [("vault", 7), ("key", 7), ("secret.OPENAI_API_KEY", 1)])
def test_it_is_scheduled_for_the_first_day_that_oci_takes_and_can_be_had_back(simulator, key, days):
    site = Site(key)
    site.apply()
    kind = KINDS[site.want(key).kind]
    kind.delete(DirectWriter(site), site.found(key))
    found = site.found(key)
    wait = datetime.fromisoformat(found.facts["timeOfDeletion"]) - datetime.now(UTC)
    assert timedelta(days=days) - timedelta(minutes=1) <= wait <= timedelta(days=days + 1)
    change = site.plan()[key]
    assert (
        change.action == "update"
        and f"scheduled for {found.facts['timeOfDeletion'][:10]}" in change.reason
    )
    simulator.advance(1)
    kind.recover(DirectWriter(site), site.found(key))
    simulator.advance(1)
    assert site.found(key).facts["timeOfDeletion"] is None
    assert site.plan() == {}


def test_the_day_is_the_same_for_a_call_that_is_sent_again():
    assert first_midnight_after(7) == first_midnight_after(7)
    assert datetime.fromisoformat(first_midnight_after(1)) - datetime.now(UTC) >= timedelta(days=1)
