"""The queue: what it is made with, what of that can change, where its messages are put and
taken.
"""

from tests.environments.build import wanted
from tests.environments.site import Site

KEY = "queue"


def test_its_settings_reach_oci_and_its_endpoint_comes_back(simulator):
    site = Site(KEY)
    assert site.apply() == {}
    found = site.found(KEY).wire
    assert (
        found["retentionInSeconds"],
        found["visibilityInSeconds"],
        found["deadLetterQueueDeliveryCount"],
    ) == (86_400, 300, 5)
    assert site.results[KEY]["facts"]["messagesEndpoint"] == found["messagesEndpoint"]


def test_how_long_messages_are_kept_is_fixed_and_the_plan_says_what_to_do(simulator):
    site = Site(KEY)
    site.apply()
    later = Site(KEY, settings={"queue_retention_hours": 48, "queue_deliveries": 9})
    later.remembered = site.remembered
    change = later.plan()[KEY]
    assert change.action == "refuse"
    assert "OCI cannot change retentionInSeconds of a queue in place" in change.reason
    assert "the queue holds the runs that wait for a worker" in change.reason


def test_the_rest_changes_in_place(simulator):
    site = Site(KEY)
    site.apply()
    later = Site(
        KEY,
        settings={"queue_visibility_seconds": 60, "queue_poll_seconds": 5, "queue_deliveries": 9},
    )
    later.remembered = site.remembered
    assert later.plan()[KEY].action == "update"
    assert later.apply() == {}
    assert later.found(KEY).ocid == site.results[KEY]["ocid"]


def test_prod_keeps_messages_for_a_week():
    assert (
        next(want for want in wanted(position=3) if want.key == KEY).fields["retentionInSeconds"]
        == 604_800
    )
