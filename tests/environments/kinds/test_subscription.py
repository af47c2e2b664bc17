"""The subscription: its password reaches OCI and nothing else; another password means another
subscription.
"""

import pytest

from environments import webhook_address
from portal.lib.refusal import Refused
from tests.environments.site import Site


@pytest.fixture
def site(simulator, settings):
    settings.WEBHOOK_URL = "https://portal.example/hooks/oci-notifications/"
    settings.WEBHOOK_PASSWORD = "hunter2 with space/and@sign"
    site = Site("subscription")
    site.apply()
    return site


def test_oci_gets_the_password_and_nobody_else(site):
    told = site.client.read(
        "ons_data", "get_subscription", site.results["subscription"]["ocid"]
    ).data
    assert told["endpoint"].startswith(
        "https://oci:hunter2%20with%20space%2Fand%40sign@portal.example/"
    )
    everything = (
        f"{site.results}{site.found('subscription')}{[want.as_json() for want in site.wanted]}"
    )
    assert "hunter2" not in everything


def test_another_password_replaces_it(site, settings):
    first = site.found("subscription").ocid
    settings.WEBHOOK_PASSWORD = "another"
    later = Site("subscription")
    later.remembered, later.results = site.remembered, site.results
    change = later.plan()["subscription"]
    assert (change.action, [difference.field for difference in change.differences]) == (
        "replace",
        ["seal"],
    )
    assert "another" not in str(change.as_json()["differences"])
    assert later.apply() == {}
    assert later.found("subscription").ocid != first
    topic = later.results["topic"]["ocid"]
    compartment = later.results["compartment"]["ocid"]
    living = later.client.pages("ons_data", "list_subscriptions", compartment, topic_id=topic)
    assert len([one for one in living if one["lifecycleState"] != "DELETED"]) == 1


def test_without_a_password_nothing_is_planned(settings):
    settings.WEBHOOK_PASSWORD = ""
    with pytest.raises(Refused, match="WEBHOOK_PASSWORD is empty"):
        webhook_address.shown()
