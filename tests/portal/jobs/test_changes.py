"""What differs between a job's steps and those in code, as a table: no database."""

import pytest

from portal.jobs.changes import Changes, StoredStep, ask_about_calls, ask_to_go_on, compare
from portal.jobs.states import StepState

PENDING, WAITING, PARKED = (
    StoredStep(state) for state in (StepState.PENDING, StepState.WAITING, StepState.PARKED)
)
ENDED = [
    StoredStep(state)
    for state in (StepState.DONE, StepState.SKIPPED, StepState.FAILED, StepState.STOPPED)
]
LOST = StoredStep(StepState.WAITING, ("core.create_vcn (vcn)",))


@pytest.mark.parametrize(
    ("stored", "code", "changes"),
    [
        ({"a": PENDING, "b": PENDING}, "ab", Changes()),
        ({"a": PENDING, "b": PENDING}, "ba", Changes()),
        ({"a": PENDING}, "abc", Changes(added=("b", "c"))),
        ({"a": PENDING, "b": WAITING, "c": PARKED}, "", Changes(gone=("a", "b", "c"))),
        ({"a": PENDING, "b": PENDING}, "ac", Changes(added=("c",), gone=("b",))),
        ({"a": LOST}, "a", Changes()),
        ({"a": LOST}, "", Changes(gone=("a",), unsettled=("core.create_vcn (vcn)",))),
    ],
)
def test_it_finds_what_was_added_and_what_is_gone(stored, code, changes):
    assert compare(stored, code) == changes


@pytest.mark.parametrize("ended", ENDED)
def test_a_step_that_has_ended_may_go(ended):
    assert not compare({"a": ended}, "")


def test_the_words_name_only_what_differs():
    park = ask_to_go_on(
        "k", made_by=2, here=2, changes=Changes(added=("c",), gone=("b",)), undoing=False
    )
    assert "version" not in park.reason and "steps added: c; steps gone: b" in park.reason
    assert (
        "version 3 instead of version 2"
        in ask_to_go_on("k", made_by=2, here=3, changes=Changes(), undoing=False).reason
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda changes: ask_to_go_on("k", made_by=1, here=1, changes=changes, undoing=False),
        ask_about_calls,
    ],
)
def test_the_words_tell_to_look_for_calls_that_no_code_can_find_out_about(ask):
    park = ask(Changes(gone=("b",), unsettled=("core.create_vcn (vcn)",)))
    assert "not known whether core.create_vcn (vcn) happened" in park.reason
    assert park.next_step.startswith("Look in OCI") and "resume" in park.next_step.lower()


@pytest.mark.parametrize(("undoing", "offered"), [(False, True), (True, False)])
def test_a_cancel_is_offered_only_while_nothing_is_being_undone(undoing, offered):
    park = ask_to_go_on("k", made_by=1, here=1, changes=Changes(added=("c",)), undoing=undoing)
    assert ("cancel" in park.next_step) == offered
