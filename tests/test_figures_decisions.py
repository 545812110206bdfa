"""Charts of a decision: nothing to draw, one text, one class, many thresholds."""

import json

import numpy as np
import pandas as pd
import pytest

from al_core import figures
from al_core.deploy.face import threshold_table
from al_core.evaluation.decisions import Prices, decisions


def drawn(p, y):
    found = decisions(np.array(p, float), np.array(y, np.int32))
    return found, threshold_table(found, Prices(5, 1))


SPLITS = {
    "one text": ([0.3], [1]),
    "one class": ([0.1, 0.2, 0.9], [0, 0, 0]),
    "all the same": ([0.5] * 4, [0, 1, 0, 1]),
    "many": (np.linspace(0, 1, 5000), np.arange(5000) % 2),
}


@pytest.mark.parametrize("name", SPLITS)
def test_charts_hold_whatever_the_split(name):
    found, table = drawn(*SPLITS[name])
    area = found.roc_area()
    ends = () if area is None else (area.value, area.low, area.high)
    charts = [
        figures.cost_by_threshold(table, 0.5, found.best(Prices(5, 1))),
        figures.errors_by_threshold(table, 0.5),
        figures.roc(table, ends, (0.2, 0.7)),
        figures.precision_recall(table, found.average_precision(), (0.7, np.nan)),
    ]
    for chart in charts:
        assert chart.alt
        for dark in (True, False):
            json.loads(chart.themed(dark).to_json())
    assert len(table) <= 400


@pytest.mark.parametrize("chart", [figures.cost_by_threshold, figures.roc])
def test_without_predictions_they_say_when_there_will_be_some(chart):
    more = (0.5, 0.4) if chart is figures.cost_by_threshold else ((), (0.0, 0.0))
    assert "no data yet" in chart(pd.DataFrame(), *more).alt


def test_the_cheapest_is_marked_where_another_is_chosen():
    _, table = drawn(*SPLITS["many"])
    names = [trace.name for trace in figures.cost_by_threshold(table, 0.9, 0.2).figure.data]
    assert names[-2:] == ["Cheapest", "Chosen"]
    assert "Cheapest" not in [trace.name for trace in figures.cost_by_threshold(table, 0.2, 0.2).figure.data]


def test_errors_are_per_thousand_and_cost_is_theirs():
    found, table = drawn([0.1, 0.4, 0.6, 0.9], [0, 1, 0, 1])
    row = table.iloc[(table["threshold"] - 0.4).abs().argmin()]
    assert (row["fn"], row["fp"]) == (250.0, 250.0)
    assert row["cost"] == 5 * 250 + 250
    assert found.n == 4
