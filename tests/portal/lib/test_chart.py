"""A chart as unfold's component takes it: its data and options are JSON."""

import json

from portal.lib.chart import Chart, Series, line


def drawn(*series, **more):
    return Chart("line", ["10:00", "10:01"], series, "percent", "two minutes", **more)


def test_data_and_options_are_what_chart_js_reads():
    chart = drawn(Series("api-1", [1, None], line("#000", borderDash=[6, 3])), step=25, top=50)
    data, options = json.loads(chart.data), json.loads(chart.options)
    assert data["labels"] == ["10:00", "10:01"]
    assert data["datasets"][0]["data"] == [1, None] and data["datasets"][0]["borderDash"] == [6, 3]
    assert options["scales"]["y"]["max"] == 50 and options["scales"]["y"]["ticks"]["stepSize"] == 25
    assert options["scales"]["y"]["title"]["text"] == "percent"


def test_a_single_series_needs_no_legend():
    one = Series("api-1", [1, 2], line("#000"))
    assert json.loads(drawn(one).options)["plugins"]["legend"]["display"] is False
    assert json.loads(drawn(one, one).options)["plugins"]["legend"]["display"] is True
