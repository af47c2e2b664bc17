"""A chart for unfold's component: its data and options as the JSON that Chart.js reads. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

# Distinct on a white and on a dark page.
PALETTE = ("#2563eb", "#d97706", "#059669", "#db2777", "#7c3aed", "#0891b2", "#65a30d", "#dc2626")

Style = Mapping[str, str | float | bool | Sequence[int]]


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label of the chart, None where there is none; `style` holds dataset
    options of Chart.js.
    """

    label: str
    values: Sequence[float | None]
    style: Style


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over shared labels; `unit` stands at the scale, which has its marks `step` apart
    and ends at `top`.
    """

    kind: Literal["line", "bar"]
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str
    words: str
    step: float | None = None
    top: float | None = None

    @property
    def data(self) -> str:
        """Return the JSON of the component's `data`."""
        rows = [{"label": one.label, "data": one.values, **one.style} for one in self.series]
        return json.dumps({"labels": self.labels, "datasets": rows})

    @property
    def options(self) -> str:
        """Return the JSON of the component's `options`; the page's script gives text its colour."""
        sample = (
            {"usePointStyle": True, "pointStyle": "line", "pointStyleWidth": 24}
            if self.kind == "line"
            else {}
        )
        legend = {"display": len(self.series) > 1, "position": "bottom", "align": "start"}
        scale: dict[str, Any] = {"min": 0, "title": {"display": True, "text": self.unit}}
        scale["ticks"] = {"maxTicksLimit": 6} | ({"stepSize": self.step} if self.step else {})
        options = {
            "animation": False,
            "maintainAspectRatio": False,
            "interaction": {"mode": "index", "intersect": False},
            "plugins": {"legend": legend | {"labels": {"boxWidth": 14, "boxHeight": 6, **sample}}},
            "scales": {
                "x": {
                    "grid": {"display": False},
                    "ticks": {"maxRotation": 0, "autoSkipPadding": 18},
                },
                "y": scale | ({"max": self.top} if self.top else {}),
            },
        }
        return json.dumps(options)


def line(colour: str, **more: str | float | bool | Sequence[int]) -> Style:
    """Return the style of a line without dots."""
    return {
        "borderColor": colour,
        "backgroundColor": colour,
        "borderWidth": 2,
        "pointRadius": 0,
        "spanGaps": True,
        **more,
    }
