"""What differs between a job's stored steps and those that its kind has in code now. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from portal.jobs.decide import Park
from portal.jobs.states import BEGUN, StepState

OPEN = BEGUN | {StepState.PENDING, StepState.PARKED}


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A step as it is stored, and its calls of unknown outcome, in words."""

    state: StepState
    unsettled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """The steps that only the code has, and those that only the job has and that have not ended.

    `unsettled` has the calls of the steps that are gone: no code is left to find out about them.
    """

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.gone)

    def taken_over(self) -> str:
        """Return the line for the job's log when it goes on by the present steps."""
        added, gone = ", ".join(self.added) or "none", ", ".join(self.gone) or "none"
        return f"The present steps were taken over. Added: {added}. Gone: {gone}."


def compare(stored: Mapping[str, StoredStep], code: Collection[str]) -> Changes:
    """Compare the stored steps with the names of those in code.

    A step that has ended may be gone from the code: nothing is left to do for it.
    """
    missing = {name: step for name, step in stored.items() if name not in code}
    gone = tuple(name for name, step in missing.items() if step.state in OPEN)
    unsettled = tuple(call for name in gone for call in missing[name].unsettled)
    return Changes(tuple(name for name in code if name not in stored), gone, unsettled)


def ask_to_go_on(kind: str, *, made_by: int, here: int, changes: Changes, undoing: bool) -> Park:
    """Return the words for a job that must not go on by itself because its code has changed."""
    found = [f"version {here} instead of version {made_by}"] if made_by != here else []
    found += [f"steps added: {', '.join(changes.added)}"] if changes.added else []
    found += [f"steps gone: {', '.join(changes.gone)}"] if changes.gone else []
    cancel = "" if undoing else " Or cancel it: what it made is undone."
    return Park(
        "",
        f"The code of '{kind}' has changed since this job was made ({'; '.join(found)})."
        f"{_unknown(changes)}",
        f"{_look(changes)}Resume it to go on by the present steps: what is done stays done, what "
        f"was added runs, what is gone is left.{cancel} Or abandon it.",
    )


def ask_about_calls(changes: Changes) -> Park:
    """Return the words for a cancelled job whose code can no longer find out about its calls."""
    return Park(
        changes.gone[0],
        f"The code no longer has these steps: {', '.join(changes.gone)}.{_unknown(changes)}",
        f"{_look(changes)}Then resume the job: its cancel goes on without them. Or abandon it.",
    )


def _unknown(changes: Changes) -> str:
    if not changes.unsettled:
        return ""
    calls = ", ".join(changes.unsettled)
    return f" It is not known whether {calls} happened, and the code that could find out is gone."


def _look(changes: Changes) -> str:
    if not changes.unsettled:
        return ""
    return "Look in OCI for what those calls would have made, and remove what should not be there. "
