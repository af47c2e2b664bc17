"""What differs between the steps that a job was made with and those that its kind has in code now. Pure."""

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
    """The steps that only the code has, and those that only the job has and that have not ended."""

    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()  # calls of the steps that are gone: no code is left that could find out about them

    def __bool__(self) -> bool:
        return bool(self.added or self.gone)


def compare(stored: Mapping[str, StoredStep], code: Collection[str]) -> Changes:
    """Compare the stored steps with the names of those in code. A step that has ended may go: nothing is left to do for it."""
    gone = tuple(name for name, step in stored.items() if name not in code and step.state in OPEN)
    unsettled = tuple(call for name in gone for call in stored[name].unsettled)
    return Changes(tuple(name for name in code if name not in stored), gone, unsettled)


def ask_to_go_on(kind: str, *, made_by: int, here: int, changes: Changes, undoing: bool) -> Park:
    """Return the words for a job that must not go on by itself because its code has changed."""
    found = [f"version {here} instead of version {made_by}"] if made_by != here else []
    found += [f"steps added: {', '.join(changes.added)}"] if changes.added else []
    found += [f"steps gone: {', '.join(changes.gone)}"] if changes.gone else []
    words = (
        "Resume it to go on by the present steps: what is done stays done, what was added runs, what is gone is left as it is."
    )
    cancel = "" if undoing else " Or cancel it: what it made is undone."
    return Park(
        "",
        f"The code of '{kind}' has changed since this job was made ({'; '.join(found)}).{_unknown(changes)}",
        f"{_look(changes)}{words}{cancel} Or give it up.",
    )


def ask_about_calls(changes: Changes) -> Park:
    """Return the words for a job that is being cancelled and has lost the code that could find out about its calls."""
    return Park(
        changes.gone[0],
        f"The code no longer has these steps: {', '.join(changes.gone)}.{_unknown(changes)}",
        f"{_look(changes)}Then resume the job: its cancel goes on without them. Or give it up.",
    )


def _unknown(changes: Changes) -> str:
    if not changes.unsettled:
        return ""
    return f" It is not known whether {', '.join(changes.unsettled)} happened, and the code that could find out is gone."


def _look(changes: Changes) -> str:
    return "Look in OCI for what those calls would have made, and remove what should not be there. " if changes.unsettled else ""
