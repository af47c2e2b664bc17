"""What a plan shows of a difference: the smallest part that differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.desired import Difference, agrees
from environments.reconcile.differences import ValueChange, value_changes

TABLE = [
    ("port", 81, 80, [ValueChange("port", "80", "81")]),
    ("isPublic", False, True, [ValueChange("isPublic", "true", "false")]),
    ("description", "new", None, [ValueChange("description", "nothing", "new")]),
    (
        "shape",
        {"max": 100, "min": 10},
        {"max": 10, "min": 10},
        [ValueChange("shape.max", "10", "100")],
    ),
    ("tags", {"a": {"owner": "x"}}, {"a": {}}, [ValueChange("tags.a.owner", "", "x")]),
    (
        "statements",
        ["a", "b"],
        ["b", "c"],
        [ValueChange("statements", "c", ""), ValueChange("statements", "", "a")],
    ),
    (
        "items",
        [{"name": "old", "days": 9}],
        [{"name": "old", "days": 30, "on": 1}],
        [ValueChange("items[old].days", "30", "9")],
    ),
    (
        "rules",
        [{"protocol": "6", "ports": {"min": 1}}],
        [],
        [ValueChange("rules", "", "protocol: 6, ports: min: 1")],
    ),
    ("same", [1, 2], [2, 1], []),
]


@pytest.mark.parametrize(("field", "want", "have", "expected"), TABLE)
def test_it_names_the_smallest_part_that_differs(field, want, have, expected):
    assert value_changes(Difference(field, want, have)) == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values, values)
def test_there_is_a_leaf_exactly_when_there_is_a_difference(want, have):
    assert bool(value_changes(Difference("field", want, have))) is not agrees(want, have)
