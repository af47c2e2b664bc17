"""The order of things: what must exist before what, walked side by side. Pure."""

from collections.abc import Callable, Container, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait


def walk(
    needs: Mapping[str, Iterable[str]], act: Callable[[str], None], *, workers: int = 16
) -> None:
    """Call `act` once for each key, side by side, each when everything it needs is done; the
    first failure ends it.
    """
    waiting = {key: {need for need in wanted if need in needs} for key, wanted in needs.items()}
    running: dict[Future[None], str] = {}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        while waiting or running:
            ready = [key for key, open_needs in waiting.items() if not open_needs]
            if not ready and not running:
                raise ValueError(f"these need each other: {', '.join(waiting)}")
            for key in ready:
                del waiting[key]
                running[pool.submit(act, key)] = key
            over, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in over:
                key = running.pop(future)
                future.result()
                for open_needs in waiting.values():
                    open_needs.discard(key)


def first(needs: Mapping[str, Iterable[str]], key: str, among: Container[str]) -> set[str]:
    """Return which of `among` come before the key, also through others that it needs: a tag
    through the compartment.
    """
    found, seen, waiting = set[str](), {key}, [*needs[key]]
    while waiting:
        need = waiting.pop()
        if need in among:
            found.add(need)
        elif need not in seen:
            seen.add(need)
            waiting += needs.get(need, ())
    return found


def in_order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the keys so that each comes after what it needs; what needs nothing keeps its
    place.
    """
    ordered: dict[str, None] = {}
    while len(ordered) < len(needs):
        ready = [
            key
            for key, wanted in needs.items()
            if key not in ordered and all(n in ordered or n not in needs for n in wanted)
        ]
        if not ready:
            raise ValueError(
                f"these need each other: {', '.join(key for key in needs if key not in ordered)}"
            )
        ordered.update(dict.fromkeys(ready))
    return list(ordered)


def longest_path(needs: Mapping[str, Iterable[str]], seconds: Mapping[str, int]) -> int:
    """Return what the slowest chain takes."""
    until: dict[str, int] = {}
    for key in in_order(needs):
        until[key] = seconds[key] + max(
            (until[need] for need in needs[key] if need in until), default=0
        )
    return max(until.values(), default=0)
