"""The plan that takes an environment down, as a table: what goes, what stays, what stands in
the way.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.desired import SHARED
from environments.kinds import KINDS
from environments.reconcile.teardown import Removal, in_reverse, teardown
from tests.environments.build import built, wanted

BLUEPRINT = wanted()
BUILT, _ = built(BLUEPRINT)
KEYS = [want.key for want in BLUEPRINT]


def torn(observed=None, held=None, *, empty=False):
    found = teardown(BLUEPRINT, {**BUILT, **(observed or {})}, held or {}, empty=empty)
    return {removal.want.key: removal for removal in found}


def test_of_a_whole_environment_everything_goes_but_what_is_shared_and_the_compartment():
    actions = {key: removal.action for key, removal in torn().items()}
    shared = {want.key for want in BLUEPRINT if want.owner == SHARED}
    assert {key for key, action in actions.items() if action == "keep"} == {*shared, "compartment"}
    waiting = {key for key, action in actions.items() if action == "schedule"}
    assert {"vault", "key", "secret.DATABASE_URL"} <= waiting
    assert "at least 7 days" in torn()["vault"].reason


def test_parts_go_with_their_whole_and_take_no_step():
    found = torn()
    assert (found["listener.api"].whole, found["lifecycle.uploads"].whole) == (
        "load_balancer",
        "bucket.uploads",
    )
    assert not found["listener.api"].calls


def test_what_is_needed_goes_after_what_needs_it():
    before = in_reverse(list(torn().values()))
    assert {"subnet.public", "subnet.private"} <= set(before["vcn"])
    assert {"key"} <= set(before["vault"]) and "secret.DATABASE_URL" in before["key"]
    assert "load_balancer" in before["subnet.public"]


STRANGER = replace(BUILT["vcn"], owner="", key="")
SITUATIONS = [
    ({"topic": None}, {}, False, "topic", "nothing", "It does not exist."),
    ({"vcn": STRANGER}, {}, False, "vcn", "keep", "does not carry the portal's tags"),
    (
        {"subnet.public": replace(BUILT["subnet.public"], owner="stage")},
        {},
        False,
        "vcn",
        "keep",
        "subnet.public is kept",
    ),
    (
        {"vault": replace(BUILT["vault"], state="PENDING_DELETION")},
        {},
        False,
        "vault",
        "nothing",
        "already scheduled",
    ),
    ({}, {"bucket.uploads": 3}, False, "bucket.uploads", "refuse", "It is not empty."),
    ({}, {"bucket.uploads": 3}, True, "bucket.uploads", "delete", "emptied first"),
    (
        {},
        {"bucket.backups": 1},
        True,
        "bucket.backups",
        "keep",
        "retention.backups protects its contents",
    ),
    ({}, {"bucket.backups": 1}, True, "retention.backups", "keep", "is kept with"),
    ({}, {}, True, "bucket.backups", "delete", "belongs to this environment only"),
]


@pytest.mark.parametrize(("observed", "held", "empty", "key", "action", "said"), SITUATIONS)
def test_what_becomes_of_it_and_why(observed, held, empty, key, action, said):
    found = torn(observed, held, empty=empty)[key]
    assert (found.action, said in found.reason) == (action, True), found.reason


def test_what_its_kind_protects_is_refused_with_its_words(monkeypatch):
    monkeypatch.setattr(
        type(KINDS["vcn"]), "deletion_blocker", lambda kind, found: "Somebody protects it."
    )
    assert (torn()["vcn"].action, torn()["vcn"].reason) == ("refuse", "Somebody protects it.")


@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["absent", "foreign", "held"])),
    st.booleans(),
)
def test_nothing_goes_that_something_which_stays_needs(situation, empty):
    observed = {key: None for key, how in situation.items() if how == "absent"}
    observed |= {
        key: replace(BUILT[key], owner="stage")
        for key, how in situation.items()
        if how == "foreign"
    }
    found = torn(observed, {key: 1 for key, how in situation.items() if how == "held"}, empty=empty)
    for key, removal in found.items():
        if (
            removal.action == "keep"
            and removal.want.owner != SHARED
            and KINDS[removal.want.kind].tagged
        ):
            assert not any(
                found[need].calls for need in removal.want.all_needs() if need in found
            ), key
    assert all(
        removal.whole == "" or found[removal.whole].action == "delete" for removal in found.values()
    )
    in_reverse(list(found.values()))


@pytest.mark.parametrize("kind", ["db_system", "queue", "repository", "log"])
def test_what_holds_data_says_what_is_lost_with_it(kind):
    found = next(one for one in torn().values() if one.want.kind == kind)
    (cost,) = found.costs
    assert cost.is_heavy and "lost" in cost.words
    assert Removal.from_json(found.as_json()).costs == found.costs
