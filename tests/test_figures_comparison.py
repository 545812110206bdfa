import json
import time

import numpy as np
import pandas as pd
import pytest

from al_core import figures
from al_core.figures import comparison, style

HOSTILE = "<img src=x onerror=alert(1)> **bold** $x$ %{y} " + "long " * 30
GROUPS = [("Random", "random"), ("Margin", "margin"), (HOSTILE, "entropy")]


def bands(groups=GROUPS, points=5, n=3):
    return pd.DataFrame(
        {"group": name, "labels": 100.0 * (k + 1), "mean": 0.6 + 0.05 * k + 0.01 * place}
        | {"low": 0.55 + 0.05 * k, "high": 0.66 + 0.05 * k, "n": n}
        for place, (name, _) in enumerate(groups)
        for k in range(points)
    )


def mix(groups=GROUPS, classes=("no", "yes")):
    return pd.DataFrame(
        {"group": name, "class": c, "count": 5, "share": 1 / len(classes)}
        for name, _ in groups
        for c in classes
    )


def lengths(groups=GROUPS, rounds=3):
    return pd.DataFrame(
        {"group": name, "round": r, "words": 10.0 + r} for name, _ in groups for r in range(1, rounds + 1)
    )


def overlap(groups=GROUPS):
    names = [name for name, _ in groups]
    return pd.DataFrame(
        {"one": a, "other": b, "overlap": 1.0 if a == b else 0.25, "seeds": 3} for a in names for b in names
    )


def seconds(groups=GROUPS):
    return pd.DataFrame({"group": name, "fit": 2.0, "score": 1.0, "select": 0.5} for name, _ in groups)


def points(text="a text"):
    return pd.DataFrame(
        {
            "row": [1, 2, 3, 4],
            "x": [0.0, 1, 2, 3],
            "y": [1.0, 2, 1, 0],
            "round": [np.nan, 1, 2, 3],
            "text": text,
        }
    )


CHARTS = {
    "curves": lambda f: figures.group_curves(f(bands()), GROUPS, baselines={"All labels": 0.9}),
    "differences": lambda f: figures.group_differences(f(bands()), GROUPS),
    "errors": lambda f: figures.group_errors({"fn": f(bands()), "fp": f(bands())}, GROUPS),
    "classes": lambda f: figures.group_classes(f(mix()), GROUPS, ["no", "yes"]),
    "lengths": lambda f: figures.group_lengths(f(lengths()), GROUPS),
    "overlap": lambda f: figures.group_overlap(f(overlap()), GROUPS),
    "seconds": lambda f: figures.group_seconds(f(seconds()), GROUPS),
    "map": lambda f: figures.pool_map(f(points(HOSTILE)), 2),
}
EVERY = pytest.mark.parametrize("name", list(CHARTS))


def blank(frame):
    return frame.assign(**dict.fromkeys(frame.select_dtypes("number").columns, np.nan))


@EVERY
@pytest.mark.parametrize("state", ["no columns", "no rows", "NaN"])
def test_without_data_every_chart_says_when_there_will_be_some(name, state):
    change = {"no columns": lambda _: pd.DataFrame(), "no rows": lambda f: f.head(0), "NaN": blank}[state]
    chart = CHARTS[name](change)
    assert "no data yet" in chart.alt
    assert len(chart.figure["layout"]["annotations"]) == 1
    assert not chart.figure["data"]


@EVERY
def test_one_row_and_both_themes(name):
    for frame in (lambda f: f.head(1), lambda f: f):
        chart = CHARTS[name](frame)
        assert chart.figure["data"] and "no data" not in chart.alt
        for dark in (True, False):
            json.loads(chart.themed(dark).to_json())


@EVERY
def test_hostile_names_stay_text(name):
    chart = CHARTS[name](lambda f: f)
    drawn = chart.figure.to_json().encode().decode("unicode_escape")
    assert "<img" not in drawn
    assert "&lt;img" in drawn
    assert len(max(chart.alt.split(" "), key=len)) < 80


def test_a_group_keeps_the_colour_of_its_strategy_and_differs_from_others_of_that_colour():
    groups = [("Random", "random"), ("Margin, a", "margin"), ("Margin, b", "margin"), ("Random, b", "random")]
    styles = comparison.group_styles(groups)
    assert styles["Random"] == {"color": style.RANDOM, "symbol": "circle", "dash": "solid"}
    assert (
        styles["Margin, a"]["color"]
        == styles["Margin, b"]["color"]
        == style.strategy_style("margin")["color"]
    )
    assert len({tuple(each.values()) for each in styles.values()}) == 4
    assert styles["Margin, a"]["dash"] != styles["Margin, b"]["dash"]
    assert all(each["dash"] != "dash" for each in styles.values())


def test_the_curve_shows_mean_band_and_baseline():
    chart = figures.group_curves(bands(), GROUPS[:2], baselines={"All labels": 0.9, "gone": float("nan")})
    lines = {trace.name: trace for trace in chart.figure["data"] if trace.mode == "lines+markers"}
    assert list(lines) == ["Random", "Margin"]
    assert list(lines["Random"].y) == pytest.approx([0.6, 0.65, 0.7, 0.75, 0.8])
    assert lines["Random"].customdata[0] == "Random: 60.0% (55.0% to 66.0%), 3 seeds"
    filled = [trace for trace in chart.figure["data"] if trace.fill == "toself"]
    assert len(filled) == 2 and min(y for y in filled[0].y if y is not None) == pytest.approx(0.55)
    (shape,) = chart.figure["layout"]["shapes"]
    assert shape.y0 == 0.9 and shape.line.dash == "dash"
    assert "All labels: 90.0%" in chart.alt


def test_one_seed_has_a_line_and_no_band():
    one = bands(n=1).assign(low=np.nan, high=np.nan)
    chart = figures.group_curves(one, GROUPS[:1])
    (line,) = [trace for trace in chart.figure["data"] if trace.mode == "lines+markers"]
    assert line.customdata[0] == "Random: 60.0%, 1 seed"
    (empty,) = [trace for trace in chart.figure["data"] if trace.fill == "toself"]
    assert all(y is None for y in empty.y)


def test_differences_are_in_points_around_zero_and_in_units_for_the_rest():
    table = bands(GROUPS[1:2]).assign(mean=0.021)
    share = figures.group_differences(table, GROUPS)
    assert share.data["mean"].iloc[0] == pytest.approx(2.1)
    assert "+2.1 points" in share.alt
    assert any(shape.y0 == 0 and shape.line.dash is None for shape in share.figure["layout"]["shapes"])
    loss = figures.group_differences(table, GROUPS, "Loss", "number")
    assert loss.data["mean"].iloc[0] == pytest.approx(0.021)


def test_errors_have_a_panel_for_each_group_in_the_colours_of_the_errors():
    chart = figures.group_errors({"fn": bands(), "fp": bands()}, GROUPS)
    assert len({trace.xaxis for trace in chart.figure["data"]}) == len(GROUPS)
    colors = {trace.line.color for trace in chart.figure["data"]}
    assert colors == {style.FALSE_NEGATIVE, style.FALSE_POSITIVE}
    assert sum(trace.showlegend for trace in chart.figure["data"]) == 2


def test_mean_counts_keep_their_fractions_in_the_table():
    chart = figures.group_confusion(np.array([[10.5, 2], [3, 7.25]]), ["no", "yes"], HOSTILE)
    assert chart.data["count"].tolist() == [10.5, 2, 3, 7.25]
    assert "<img" not in chart.figure.to_json()
    assert "no data" in figures.group_confusion(np.empty((0, 0)), [], "a").alt


def test_one_class_and_many_classes():
    assert len(figures.group_classes(mix(classes=("only",)), GROUPS, ["only"]).figure["data"]) == 1
    many = [f"class {k}" for k in range(40)]
    chart = figures.group_classes(mix(classes=many), GROUPS, many)
    assert chart.figure["data"][-1].name == "28 others"
    widths = sum(np.array(trace.x) for trace in chart.figure["data"])
    assert widths == pytest.approx(1.0)


def test_the_map_replays_the_rounds():
    for number, expected in ((1, (3, 0, 1)), (2, (2, 1, 1)), (3, (1, 2, 1))):
        counts = [sum(x is not None for x in t.x) for t in figures.pool_map(points(), number).figure["data"]]
        assert tuple(counts) == expected, number


def test_two_hundred_rounds_of_fifty_groups_draw_in_time():
    groups = [(f"Group {k}", f"strategy {k}") for k in range(50)]
    begun = time.process_time()
    chart = figures.group_curves(bands(groups, 200), groups)
    assert time.process_time() - begun < 2
    drawn = [trace for trace in chart.figure["data"] if trace.mode == "lines+markers"]
    assert len(drawn) == comparison.MOST_GROUPS
    assert "40 more groups" in chart.figure["layout"]["xaxis"]["title"]["text"]
    assert len(chart.data) == 50 * 200
