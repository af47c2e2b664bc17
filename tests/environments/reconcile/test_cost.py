"""The monthly cost of a plan: a sum of what is known, and what is not by name."""

import pytest

from environments.desired import Desired, Difference
from environments.kinds import KINDS
from environments.reconcile.change import Change
from environments.reconcile.cost import monthly, prices

TABLE = {
    "source": {"list": "a list", "date": "2026-01-05", "currency": "USD", "hours": 100},
    "hourly": {
        "load_balancer": {
            "base": "0.01",
            "counts": {"shapeDetails.minimumBandwidthInMbps": "0.001"},
        },
        "db_system": {
            "counts": {"instanceOcpuCount": "0.1"},
            "times": "instanceCount",
            "unknown": "storage",
        },
    },
    "use": {"bucket": "what is stored"},
}
BALANCER = {"shapeDetails": {"minimumBandwidthInMbps": 10, "maximumBandwidthInMbps": 100}}


def change(kind, action, fields=None, **before):
    want = Desired(kind, kind, f"the {kind}", fields=fields or {})
    differences = tuple(
        Difference(name, want.fields.get(name), have) for name, have in before.items()
    )
    return Change(want, action, "", differences)


SMALLER = {"shapeDetails": {"minimumBandwidthInMbps": 5}}
CASES = [
    ([change("load_balancer", "create", BALANCER)], "+2.00"),
    ([change("load_balancer", "delete", BALANCER)], "-2.00"),
    ([change("load_balancer", "update", BALANCER, **SMALLER)], "+0.50"),
    ([change("load_balancer", "nothing", BALANCER)], "0.00"),
    ([change("load_balancer", "refuse", BALANCER, **SMALLER)], "0.00"),
    ([change("db_system", "create", {"instanceOcpuCount": 2, "instanceCount": 3})], "+60.00"),
    ([change("vcn", "create")], "0.00"),
    ([change("bucket", "create"), change("load_balancer", "create", BALANCER)], "+2.00"),
]


@pytest.mark.parametrize(("changes", "total"), CASES)
def test_it_adds_up_what_changes(changes, total):
    assert monthly(changes, TABLE)["sum"] == total


def test_what_is_not_known_is_named_with_the_reason_and_only_where_it_begins_or_ends():
    changes = [
        change("bucket", "create"),
        change("db_system", "delete"),
        change("other", "create"),
        change("bucket", "update"),
    ]
    said = {found["why"]: found["keys"] for found in monthly(changes, TABLE)["unknown"]}
    assert said == {
        "what is stored": ["bucket"],
        "storage": ["db_system"],
        "the price table has no line for it": ["other"],
    }


def test_every_kind_names_its_row_of_the_table_and_every_row_is_used():
    table = prices()
    rows = {*table["hourly"], *table["use"]}
    named = {kind.price for kind in KINDS.values()}
    assert named == rows | {"free"}
