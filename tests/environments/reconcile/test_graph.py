"""The order of things."""

import threading

import pytest

from environments.reconcile.graph import first, in_order, longest_path, walk
from tests.patience import patient


def test_each_comes_after_what_it_needs():
    assert in_order({"c": ["b"], "b": ["a"], "a": [], "d": ["not here"]}) == ["a", "d", "b", "c"]


def test_a_circle_is_named():
    with pytest.raises(ValueError, match="these need each other: a, b"):
        in_order({"a": ["b"], "b": ["a"]})
    with pytest.raises(ValueError, match="these need each other"):
        walk({"a": ["b"], "b": ["a"]}, print)


def test_the_longest_path_is_the_slowest_chain():
    assert longest_path({"a": [], "b": ["a"], "c": ["a"]}, {"a": 5, "b": 60, "c": 1}) == 65


def test_it_walks_side_by_side_and_in_order():
    done, lock = [], threading.Lock()

    together = threading.Barrier(8, timeout=patient(5))

    def act(key):
        if key != "a":
            together.wait()  # broken unless all eight are under way at once
        with lock:
            done.append(key)

    walk({"a": [], **{f"b{n}": ["a"] for n in range(8)}}, act)
    assert done[0] == "a" and len(done) == 9


def test_the_first_failure_ends_it():
    def act(key):
        raise RuntimeError(key)

    with pytest.raises(RuntimeError, match="a"):
        walk({"a": [], "b": ["a"]}, act)


def test_what_comes_first_is_found_through_what_stays_as_it_is():
    needs = {
        "tag": [],
        "compartment": ["tag"],
        "vcn": ["compartment"],
        "bucket": ["compartment", "vcn"],
        "subnet": ["vcn"],
    }
    assert first(needs, "bucket", {"tag", "bucket"}) == {"tag"}
    assert first(needs, "bucket", {"tag", "vcn", "bucket"}) == {"tag", "vcn"}
    assert first(needs, "tag", {"tag"}) == set()
