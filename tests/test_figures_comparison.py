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


def novelty(groups=GROUPS, rounds=3):
    return pd.DataFrame(
        {"group": name, "round": r, "novelty": 0.9 - r / 20, "texts": 9}
        for name, _ in groups
        for r in range(1, rounds + 1)
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


def settings():
    return pd.DataFrame(
        {"Query strategy": ["Random", "Margin", HOSTILE], "Batch size": [10, 50, None], "Seed": [0, 1, 2]},
        dtype=object,
    )


def results(values=(0.7, 0.8, 0.9)):
    return pd.DataFrame(
        {"group": [name for name, _ in GROUPS], "seed": [0, 1, 2], "result": np.array(values, dtype=float)}
    )


def lines(varied, found, kind="share"):
    return figures.settings_lines(varied, found, dict(GROUPS), "Accuracy", kind)


def paths(chart):
    """Return where each run crosses each axis."""
    found = []
    for trace in chart.figure["data"]:
        xs, ys = np.array(trace.x, dtype=float), np.array(trace.y, dtype=float)
        ends = np.flatnonzero(np.isnan(xs))
        found += [ys[end - ends[0] : end] for end in ends]
    return np.array(found)


CHARTS = {
    "curves": lambda f: figures.group_curves(f(bands()), GROUPS, baselines={"All labels": 0.9}),
    "differences": lambda f: figures.group_differences(f(bands()), GROUPS),
    "errors": lambda f: figures.group_errors({"fn": f(bands()), "fp": f(bands())}, GROUPS),
    "classes": lambda f: figures.group_classes(f(mix()), GROUPS, ["no", "yes"]),
    "lengths": lambda f: figures.group_lengths(f(lengths()), GROUPS),
    "novelty": lambda f: figures.group_novelty(f(novelty()), GROUPS),
    "overlap": lambda f: figures.group_overlap(f(overlap()), GROUPS),
    "seconds": lambda f: figures.group_seconds(f(seconds()), GROUPS),
    "map": lambda f: figures.pool_map(f(points(HOSTILE)), 2),
    "settings": lambda f: lines(settings().loc[f(results()).index], f(results())),
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
    told = figures.pool_map(points(), 2, {1: 40, 2: 30, 3: 20}).alt
    assert "30 were asked about in round 2, 40 before" in told


def test_two_hundred_rounds_of_fifty_groups_draw_in_time():
    groups = [(f"Group {k}", f"strategy {k}") for k in range(50)]
    begun = time.process_time()
    chart = figures.group_curves(bands(groups, 200), groups)
    assert time.process_time() - begun < 2
    drawn = [trace for trace in chart.figure["data"] if trace.mode == "lines+markers"]
    assert len(drawn) == comparison.MOST_GROUPS
    assert "40 more groups" in chart.figure["layout"]["xaxis"]["title"]["text"]
    assert len(chart.data) == 50 * 200


def test_a_line_leads_from_its_settings_to_its_result():
    chart = lines(settings(), results())
    assert [trace.line.color for trace in chart.figure["data"]] == [
        style.strategy_style(strategy)["color"] for _, strategy in GROUPS
    ]
    found = paths(chart)
    assert found.shape == (3, 4)
    assert found[:, -1] == pytest.approx([0, 0.5, 1])
    # The first strategy on top; numbers grow upwards, and who has none stands below them.
    assert found[:, 0].tolist() == sorted(found[:, 0], reverse=True)
    assert found[2, 1] < found[0, 1] < found[1, 1]
    assert "Highest: <img" in chart.alt and "Lowest: Random, seed 0, 70.0%" in chart.alt
    words = [each.text for each in chart.figure["layout"]["annotations"]]
    assert {"Random", "–", "10", "50", "70.0%", "90.0%"} & set(words) >= {"Random", "–", "10", "50"}


def test_runs_of_one_setting_stand_side_by_side_the_better_above():
    varied = pd.DataFrame({"Seed": range(4)} | {"Model": ["a"] * 3 + ["b"]}, dtype=object)
    found = pd.DataFrame({"group": "Random", "seed": range(4), "result": [0.9, 0.7, 0.8, 0.6]})
    crossed = paths(lines(varied, found))[:, 1]
    assert crossed[0] > crossed[2] > crossed[1] > crossed[3]


def test_what_was_never_reached_stands_above_all_and_the_unknown_nowhere():
    chart = lines(settings(), results((200, np.inf, np.nan)), "labels")
    found = paths(chart)
    assert found[1, -1] == 1.0 > found[0, -1] and np.isnan(found[2, -1])
    assert "not reached" in [each.text for each in chart.figure["layout"]["annotations"]]
    assert np.isfinite(found[:, :-1]).all()


def test_nothing_varied_is_said():
    assert "no data yet" in lines(settings()[[]], results()).alt


def test_equal_results_and_many_numbers_and_settings():
    varied = pd.DataFrame({f"Setting {k}": np.arange(50) * (k + 1) for k in range(9)}, dtype=object)
    found = pd.DataFrame({"group": "Random", "seed": range(50), "result": 0.5})
    chart = lines(varied, found)
    assert paths(chart).shape == (50, 8)
    assert "2 more settings in the table" in chart.alt
    assert len(chart.data.columns) == 12
    assert paths(chart)[:, 0] == pytest.approx(np.linspace(0, 1, 50))


@pytest.mark.parametrize(("low", "high"), [(0.61, 0.87), (1, 2), (99.5, 1e6), (-3e-5, 4e-5)])
def test_ticks_are_few_and_inside(low, high):
    from al_core.figures.settings import _ticks

    found = _ticks(low, high)
    assert 3 <= len(found) <= 8 and low - 1e-9 <= found[0] and found[-1] <= high * (1 + 1e-9) + 1e-9


def test_a_line_knows_its_group_whatever_was_cut_from_its_name():
    chart = figures.group_curves(bands(), GROUPS)
    drawn = [trace for trace in chart.figure["data"] if trace.mode == "lines+markers"]
    assert [trace.meta for trace in drawn] == [0, 1, 2]


def test_long_names_keep_the_end_that_tells_them_apart():
    groups = [(f"Margin, logistic regression on words and pairs, batch size {n}", "margin") for n in (5, 50)]
    drawn = figures.group_curves(bands(groups), groups).figure["data"]
    assert len({trace.name for trace in drawn if trace.mode == "lines+markers"}) == 2


def test_beside_names_of_rows_a_phone_has_room_for_one_entry_a_line():
    times = pd.DataFrame({"group": ["A", "B"], "fit": [1.0, 2.0], "score": [0.5, 0.5], "select": [0.1, 0.1]})
    chart = figures.group_seconds(times, [("A", "margin"), ("B", "random")])
    layout = chart.figure["layout"]
    # Three lines of 24 pixels below the title's 40.
    assert layout.margin.t >= 40 + 3 * 24
    assert layout.xaxis.title.text == "Seconds, mean over seeds"


@pytest.mark.parametrize(
    ("validation", "spent"),
    [
        ((), "Labels spent"),
        ((200,), "Labels spent, and 200 validation labels"),
        ((200, 5000), "Labels spent, and 200 to 5,000 validation labels"),
    ],
)
def test_validation_labels_are_counted_beside_the_others(validation, spent):
    curves = figures.group_curves(bands(), GROUPS, validation=validation)
    differences = figures.group_differences(bands(), GROUPS, validation=validation)
    for chart in (curves, differences):
        assert chart.figure["layout"]["xaxis"]["title"]["text"] == spent
        assert not validation or f"{spent.lower()}." in chart.alt
    errors = figures.group_errors({"fn": bands(), "fp": bands()}, GROUPS, validation)
    told = {each["title"]["text"] for each in errors.figure.select_xaxes()} - {""}
    assert {each.replace("<br>", " ") for each in told} == {spent} and f"{spent.lower()}." in errors.alt
