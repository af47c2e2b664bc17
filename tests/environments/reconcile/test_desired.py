"""Comparing what is wanted with what OCI shows."""

import pytest

from environments.desired import Desired, agrees, differences


@pytest.mark.parametrize(
    ("want", "have", "same"),
    [
        (1, 1, True),
        (1, 2, False),
        (True, 1, False),
        ("a", None, False),
        ({"a": 1}, {"a": 1, "added by OCI": 2}, True),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, False),
        ([1, 2], [2, 1], True),
        ([1, 1], [1, 2], False),
        ([1], [1, 2], False),
        ([{"a": 1}, {"a": 2}], [{"a": 2, "id": "x"}, {"a": 1, "id": "y"}], True),
        ([], [], True),
        ({"a": 1}, None, False),
    ],
)
def test_what_oci_adds_is_no_difference_and_what_it_changes_is(want, have, same):
    assert agrees(want, have) is same


def test_a_difference_names_the_field_and_both_values():
    found = differences(
        {"isEnabled": True, "displayName": "x"}, {"isEnabled": False, "displayName": "x"}
    )
    assert [(d.field, d.want, d.have) for d in found] == [("isEnabled", True, False)]


def test_a_reference_to_what_is_not_there_yet_always_differs():
    assert differences({"routeTableId": "${route_table.public}"}, {"routeTableId": "ocid1.x"})


def test_references_are_filled_in_whole_and_within_text():
    want = Desired(
        "k",
        "vcn",
        "n",
        {"a": "${vcn}"},
        {"q": 'x{r = "${vcn}"}', "f": "${vault:endpoint}", "open": "${later}"},
    )
    filled = want.resolved(lambda key, fact: {"vcn": "ocid1.vcn", "vault": fact}.get(key))
    assert (filled.place, filled.fields) == (
        {"a": "ocid1.vcn"},
        {"q": 'x{r = "ocid1.vcn"}', "f": "endpoint", "open": "${later}"},
    )


def test_it_survives_being_frozen_into_a_plan():
    want = Desired("k", "vcn", "n", {"a": "${vcn}"}, {"f": [1]}, ("x",), "dev")
    assert Desired.from_json(want.as_json()) == want
