"""The permission tables cover every operation that the simulator handles."""

import itertools
import re

import pytest

from sandbox.oci.engine import Engine
from sandbox.oci.iam import cases, places, tables

NO_RIGHT = {  # operation: why a policy has no say
    "core.list_services": "Oracle's services are the same for everybody",
    "logging.list_services": "Oracle's services are the same for everybody",
    "ons.get_confirm_subscription": "the token in the address is the proof",
    "ons.get_unsubscription": "the token in the address is the proof",
}


@pytest.fixture(scope="module")
def handled():
    engine = Engine(scale=0)
    yield set(engine.handlers)
    engine.close()


def test_every_operation_that_is_handled_has_a_row_and_no_row_is_left_over(handled):
    assert handled == set(tables.operations())


def test_an_operation_without_a_right_is_listed_with_the_reason():
    free = {key for key, row in tables.operations().items() if not row.requirements}
    assert free == set(NO_RIGHT)


def test_every_permission_that_an_operation_asks_for_comes_with_a_verb():
    asked = {
        need.permission
        for row in tables.operations().values()
        for one in row.requirements
        for need in one.options
    }
    assert asked <= tables.permissions()


def test_every_place_and_every_condition_of_the_table_is_understood():
    needs = [one for row in tables.operations().values() for one in row.requirements]
    asked = {need.place.removeprefix("old_") for one in needs for need in one.options}
    assert asked <= {*places.FIELDS, *places._OWN}
    fields = {one.when.lstrip("!") for one in needs if one.when not in {"", *cases.CASES}}
    assert all(re.fullmatch(r"[a-z]+(?:[A-Z]\w*)?", name) and "_" not in name for name in fields)


def test_a_verb_includes_the_verbs_before_it():
    for name in ("buckets", "secret-family", "virtual-network-family", "all-resources"):
        sets = [tables.given(verb, name) for verb in tables.VERBS]
        assert sets == sorted(sets, key=len) and all(a <= b for a, b in itertools.pairwise(sets))


def test_inferred_rows_say_so():
    assert {row.confidence for row in tables.operations().values()} == {"documented", "inferred"}
