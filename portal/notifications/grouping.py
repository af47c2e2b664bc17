"""Puts notices of one receiver into messages: one each, or one for a storm; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

STORM = 10  # so many events of a kind within the window are told one by one
WINDOW = timedelta(minutes=1)


def arrange(
    new: Iterable[tuple[int, str]], recent: Sequence[tuple[str, datetime]], at: datetime
) -> tuple[list[list[int]], dict[int, datetime]]:
    """Return the messages, as lists of keys, and until when each remaining notice is held back.

    `new` is (key, kind) of what waits, `recent` is (kind, moment) of what went into a message
    within the window. More than STORM of a kind become one message; when some of them went out
    already, the rest waits for the end of the window.
    """
    by_kind: dict[str, list[int]] = {}
    for key, kind in new:
        by_kind.setdefault(kind, []).append(key)
    messages: list[list[int]] = []
    held: dict[int, datetime] = {}
    for kind, keys in by_kind.items():
        times = [moment for name, moment in recent if name == kind and moment > at - WINDOW]
        if len(keys) + len(times) <= STORM:
            messages += [[key] for key in keys]
        elif not times:
            messages.append(keys)
        else:
            held |= dict.fromkeys(keys, max(times) + WINDOW)
    return messages, held
