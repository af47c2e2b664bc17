"""What a load balancer counts between two emissions of its metrics."""

from collections import defaultdict
from dataclasses import dataclass, field

Key = tuple[str, str]  # backend set, listener


@dataclass
class Tally:
    """Counts of one backend set behind one listener."""

    requests: int = 0
    classes: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("2xx", "3xx", "4xx", "5xx"), 0)
    )
    codes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("502", "504"), 0))
    head_millis: list[float] = field(default_factory=list)
    timeouts: int = 0


class Counters:
    """Filled by the listeners, emptied by the emitter; both on the loop's thread."""

    def __init__(self) -> None:
        self._tallies: dict[Key, Tally] = defaultdict(Tally)

    def count(self, key: Key, status: int, millis: float) -> None:
        tally = self._tallies[key]
        tally.requests += 1
        tally.classes[f"{status // 100}xx"] = tally.classes.get(f"{status // 100}xx", 0) + 1
        if str(status) in tally.codes:
            tally.codes[str(status)] += 1
        tally.timeouts += status == 504
        tally.head_millis.append(millis)

    def take(self) -> dict[Key, Tally]:
        taken, self._tallies = dict(self._tallies), defaultdict(Tally)
        return taken
