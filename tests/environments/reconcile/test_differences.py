"""What a plan shows of a difference: the smallest part that differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.desired import agrees
from environments.reconcile.differences import Leaf, leaves

TABLE = [
    ("port", 81, 80, [Leaf("port", "80", "81")]),
    ("isPublic", False, True, [Leaf("isPublic", "true", "false")]),
    ("description", "new", None, [Leaf("description", "nothing", "new")]),
    ("shape", {"max": 100, "min": 10}, {"max": 10, "min": 10}, [Leaf("shape.max", "10", "100")]),
    ("tags", {"a": {"owner": "x"}}, {"a": {}}, [Leaf("tags.a.owner", "", "x")]),
    ("statements", ["a", "b"], ["b", "c"], [Leaf("statements", "c", ""), Leaf("statements", "", "a")]),
    ("items", [{"name": "old", "days": 9}], [{"name": "old", "days": 30, "on": 1}], [Leaf("items[old].days", "30", "9")]),
    ("rules", [{"protocol": "6", "ports": {"min": 1}}], [], [Leaf("rules", "", "protocol: 6, ports: min: 1")]),
    ("same", [1, 2], [2, 1], []),
]


@pytest.mark.parametrize(("field", "want", "have", "expected"), TABLE)
def test_it_names_the_smallest_part_that_differs(field, want, have, expected):
    assert leaves(field, want, have) == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)


@given(values, values)
def test_there_is_a_leaf_exactly_when_there_is_a_difference(want, have):
    assert bool(leaves("field", want, have)) is not agrees(want, have)
