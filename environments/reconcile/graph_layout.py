"""The graph of a plan as lines and boxes: a layered layout for wide pages, a list with arcs
for narrow ones. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from environments.reconcile.graph import in_order

BOX, ROW, GAP, LINE = (
    168,
    24,
    44,
    34,
)  # of the layered layout: width and height of a box, space between columns, row pitch
ARC, STEP, LIST_WIDTH = 84, 26, 322  # of the list: space for arcs, row pitch, width of the whole
EDGE = 2  # so that no stroke is cut off

Needs = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class Box:
    """Where one resource stands."""

    key: str
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """Return the height of its middle."""
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line from what is needed to what needs it, as the path of an SVG."""

    start: str
    end: str
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture, in pixels."""

    width: int
    height: int
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


def layered(needs: Needs) -> Drawing:
    """Draw from left to right: each column is what can be made when the columns before it are
    there.
    """
    direct = reduced(needs)
    columns = _untangled(_columns(direct), direct)
    height = max((len(column) for column in columns), default=0) * LINE
    boxes: dict[str, Box] = {}
    for number, column in enumerate(columns):
        top = EDGE + (height - len(column) * LINE) // 2
        for row, key in enumerate(column):
            boxes[key] = Box(key, EDGE + number * (BOX + GAP), top + row * LINE, BOX, ROW)
    arrows = [
        Arrow(need, key, _curve(boxes[need], boxes[key]))
        for key, wanted in direct.items()
        for need in wanted
    ]
    return Drawing(
        max(len(columns) * (BOX + GAP) - GAP, 0) + 2 * EDGE,
        height + 2 * EDGE,
        list(boxes.values()),
        arrows,
    )


def listed(needs: Needs) -> Drawing:
    """Draw from top to bottom, one line a resource: an arc at the left leads from what is
    needed to what needs it.
    """
    direct = reduced(needs)
    order = [key for column in _untangled(_columns(direct), direct) for key in column]
    boxes = {
        key: Box(key, ARC, EDGE + row * STEP, LIST_WIDTH - ARC - EDGE, STEP - 4)
        for row, key in enumerate(order)
    }
    longest = max(
        (abs(boxes[key].y - boxes[need].y) for key, wanted in direct.items() for need in wanted),
        default=1,
    )
    arrows = [
        Arrow(need, key, _arc(boxes[need], boxes[key], longest))
        for key, wanted in direct.items()
        for need in wanted
    ]
    return Drawing(LIST_WIDTH, len(order) * STEP + 2 * EDGE, list(boxes.values()), arrows)


def reduced(needs: Needs) -> dict[str, list[str]]:
    """Return the needs without those that follow from others: a picture of 60 resources has
    lines enough.
    """
    above: dict[str, set[str]] = {}  # everything that a key needs, however far
    direct: dict[str, list[str]] = {}
    for key in in_order(needs):
        wanted = {need for need in needs[key] if need in needs}
        implied = {far for need in wanted for far in above[need]}
        above[key] = wanted | implied
        direct[key] = sorted(wanted - implied)
    return direct


def _columns(direct: Mapping[str, list[str]]) -> list[list[str]]:
    level: dict[str, int] = {}
    for key, wanted in direct.items():  # in order: what is needed comes first
        level[key] = 1 + max((level[need] for need in wanted), default=-1)
    return [
        [key for key in direct if level[key] == number]
        for number in range(max(level.values(), default=-1) + 1)
    ]


def _untangled(columns: list[list[str]], direct: Mapping[str, list[str]]) -> list[list[str]]:
    """Sort each column by the mean place of what its members need, which leaves few lines
    crossed.
    """
    place: dict[str, float] = {}
    done = []
    for column in columns:
        ordered = sorted(
            column, key=lambda key: (_mean([place[need] for need in direct[key]]), key)
        )
        place.update({key: (row + 0.5) / len(ordered) for row, key in enumerate(ordered)})
        done.append(ordered)
    return done


def _mean(places: list[float]) -> float:
    return sum(places) / len(places) if places else 0.5


def _curve(start: Box, end: Box) -> str:
    x, bend = start.x + start.width, GAP // 2
    first, last = f"{x + bend} {start.middle}", f"{end.x - bend} {end.middle}"
    return f"M{x} {start.middle}C{first} {last} {end.x} {end.middle}"


def _arc(start: Box, end: Box, longest: int) -> str:
    reach = 14 + (ARC - 20) * abs(end.y - start.y) // longest
    x = start.x
    return (
        f"M{x} {start.middle}C{x - reach} {start.middle} {x - reach} {end.middle} {x} {end.middle}"
    )
