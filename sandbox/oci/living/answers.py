"""Evaluates a query over a window of the metric store."""

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.oci.living.metrics import MetricStore, Stream
from sandbox.oci.living.mql import Comparison, Constant, Expression, Junction, Selection

Dimensions = tuple[tuple[str, str], ...]
Series = dict[Dimensions, float]

SIGNS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right if right else math.nan,
    "%": lambda left, right: left % right if right else math.nan,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Window:
    """What a query may look at: some compartments of the store, at one moment, with a time scale
    for its intervals.
    """

    store: MetricStore
    compartments: frozenset[str]
    namespace: str
    now: float
    scale: float = 1.0
    group: str = ""


def evaluate(expression: Expression, window: Window) -> Series:
    """Return one value a stream; a stream without points in the window has none. A condition is 1
    or 0.
    """
    if isinstance(expression, Constant):
        return {(): expression.value}
    if isinstance(expression, Selection):
        return select(expression, window)
    left, right = evaluate(expression.left, window), evaluate(expression.right, window)
    if isinstance(expression, Junction):
        return _junction(expression.sign, left, right)
    joined = _joined(SIGNS[expression.sign], left, right)
    if isinstance(expression, Comparison):
        return {key: float(value) for key, value in joined.items()}
    return {key: value for key, value in joined.items() if not math.isnan(value)}


def fires(expression: Expression, window: Window) -> Series | None:
    """Return the values of the streams for which a condition holds; None when there was nothing to
    judge.
    """
    found = evaluate(expression, window)
    if not found:
        return None
    firing = {key for key, value in found.items() if value}
    shown = evaluate(expression.left, window) if isinstance(expression, Comparison) else found
    return {key: shown.get(key, found[key]) for key in firing}


def condition(expression: Expression) -> bool:
    """Say whether an expression can be an alarm's query."""
    return isinstance(expression, Comparison | Junction) or (
        isinstance(expression, Selection) and expression.statistic == "absent"
    )


def points(
    selection: Selection, window: Window
) -> dict[Dimensions, list[tuple[float, float, int]]]:
    """Return the points of each resulting stream."""
    start = window.now - selection.interval * window.scale
    found: dict[Dimensions, list[tuple[float, float, int]]] = defaultdict(list)
    for stream in streams(selection, window):
        for point in stream.between(start, window.now):
            found[_group(selection, stream)].append(point)
    return dict(found)


def streams(selection: Selection, window: Window) -> list[Stream]:
    """Return the stored streams that a selection means."""
    held = window.store.find(window.compartments, window.namespace, selection.metric)
    matching = [
        s
        for s in held
        if all(matcher.holds(dict(s.key.dimensions)) for matcher in selection.matchers)
    ]
    return [stream for stream in matching if window.group in ("", stream.key.group)]


def select(selection: Selection, window: Window) -> Series:
    """Return the statistic of each resulting stream."""
    if selection.statistic == "absent":
        return _absence(selection, window)
    found = points(selection, window)
    return {key: statistic(selection, values, window.scale) for key, values in found.items()}


def statistic(
    selection: Selection, values: list[tuple[float, float, int]], scale: float = 1.0
) -> float:
    """Return one number for some points."""
    numbers = [value for _, value, _ in values]
    total, count = (
        sum(value * times for _, value, times in values),
        sum(times for _, _, times in values),
    )
    simple: dict[str, Callable[[], float]] = {
        "sum": lambda: total,
        "count": lambda: float(count),
        "mean": lambda: total / count,
        "avg": lambda: total / count,
        "max": lambda: max(numbers),
        "min": lambda: min(numbers),
        "first": lambda: min(values)[1],
        "last": lambda: max(values)[1],
        "increment": lambda: max(values)[1] - min(values)[1],
        "rate": lambda: (max(values)[1] - min(values)[1]) / (selection.interval * scale),
        "percentile": lambda: _percentile(values, selection.argument),
    }
    return simple[selection.statistic]()


def _percentile(values: Iterable[tuple[float, float, int]], share: float) -> float:
    numbers = sorted(value for _, value, times in values for _ in range(min(times, 1000)))
    return numbers[min(len(numbers) - 1, math.ceil(share * len(numbers)) - 1)]


def _absence(selection: Selection, window: Window) -> Series:
    """A stream seen before that is silent now is absent, as is a metric never seen at all."""
    start = window.now - (selection.argument or selection.interval) * window.scale
    known = streams(selection, window)
    if not known:
        return {(): 1.0}
    return {
        _group(selection, stream): float(not any(stream.between(start, window.now)))
        for stream in known
    }


def _group(selection: Selection, stream: Stream) -> Dimensions:
    if selection.grouped:
        return ()
    if selection.group_by:
        return tuple(pair for pair in stream.key.dimensions if pair[0] in selection.group_by)
    return stream.key.dimensions


def _joined(act: Callable[[float, float], float], left: Series, right: Series) -> Series:
    """Join stream by stream; a side with one value without dimensions joins with all."""
    if set(right) == {()}:
        return {key: act(value, right[()]) for key, value in left.items()}
    if set(left) == {()}:
        return {key: act(left[()], value) for key, value in right.items()}
    return {key: act(value, right[key]) for key, value in left.items() if key in right}


def _junction(sign: str, left: Series, right: Series) -> Series:
    if sign == "&&":
        return _joined(lambda a, b: float(bool(a) and bool(b)), left, right)
    return {
        key: float(bool(left.get(key)) or bool(right.get(key)))
        for key in left.keys() | right.keys()
    }
