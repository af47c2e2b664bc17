"""How the state of an alarm follows its condition; pure."""

import re
from dataclasses import dataclass, replace

DURATION = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?")
SILENCE_MINUTES = 10  # a firing stream that sends nothing for so long is forgotten: RESET


@dataclass(frozen=True)
class Pace:
    """The durations of one alarm in real seconds."""

    pending: float
    silence: float
    repeat: float = 0.0


@dataclass(frozen=True)
class StreamState:
    """What is known of one metric stream of an alarm."""

    status: str = "OK"
    since: float = 0.0  # when the condition began to hold, 0 while it does not
    seen: float = 0.0  # when there was last something to judge
    told: float = 0.0  # when the last message about it went out


def follow(
    state: StreamState, holds: bool | None, now: float, pace: Pace
) -> tuple[StreamState, str]:
    """Return the next state with the type of the message it is worth, or nothing. `holds` is None
    without data.
    """
    if holds is None:
        if state.status == "FIRING" and now - state.seen >= pace.silence:
            return replace(state, status="OK", since=0.0, told=now), "RESET"
        return (state if state.status == "FIRING" else replace(state, since=0.0)), ""
    if not holds:
        calm = replace(state, status="OK", since=0.0, seen=now)
        return (replace(calm, told=now), "FIRING_TO_OK") if state.status == "FIRING" else (calm, "")
    state = replace(state, since=state.since or now, seen=now)
    if state.status == "OK" and now - state.since >= pace.pending:
        return replace(state, status="FIRING", told=now), "OK_TO_FIRING"
    if state.status == "FIRING" and pace.repeat and now - state.told >= pace.repeat:
        return replace(state, told=now), "REPEAT"
    return state, ""


def duration(text: str) -> float:
    """Return the seconds of an ISO 8601 duration such as PT5M."""
    match = DURATION.fullmatch(text)
    if not match or not any(match.groupdict().values()):
        raise ValueError(f"{text!r} is not a duration such as PT5M")
    return sum(
        int(match[unit] or 0) * size
        for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    )
