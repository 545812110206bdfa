import json
import math
import subprocess
import sys

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core import figures
from al_core.figures import style

PAGES = ("#FFFFFF", "#0E1117")
METRICS = ("accuracy", "loss", "fn", "fp", "fn_rate", "fp_rate", "n")


def luminance(color):
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def one_round(number, labels, fn=30, fp=70):
    row = {"round": number, "labels": labels, "seconds_fit": 9.0, "seconds_score": 2.0, "seconds_select": 0.5}
    for split in ("validation", "test"):
        values = (1 - (fn + fp) / 500, 0.4, fn, fp, fn / 250, fp / 250, 500)
        row |= {f"{split}_{metric}": value for metric, value in zip(METRICS, values, strict=True)}
    row |= {"test_ece": 0.02, "test_reliability": [[100, 0.6, 0.61], [400, 0.9, 0.875]]}
    return row | {"uncalibrated_ece": 0.09, "uncalibrated_reliability": [[500, 0.91, 0.82]]}


@pytest.fixture
def rounds():
    return pd.DataFrame(
        [
            one_round(-1, 40_000, 20, 25),
            one_round(0, 15_000),
            one_round(1, 19_999, 40, 40),
            one_round(2, 24_998, 36, 34),
        ]
    )


@pytest.fixture
def epochs():
    rows = [(-1, 1), (-1, 2), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    return pd.DataFrame(
        {"round": number, "epoch": epoch, "loss": 1 / (i + 1), "val_loss": 1.0 + i}
        | {"accuracy": 0.5 + i / 20, "val_accuracy": 0.6}
        for i, (number, epoch) in enumerate(rows)
    )


@pytest.fixture
def queried():
    return pd.DataFrame(
        {"round": [1, 1, 2, 2], "class": ["no", "yes"] * 2, "count": [3, 7, 5, 5], "pool_share": [0.5] * 4}
    )


CRITERIA = {"Budget of labels": (300, [100, 200, 300]), "Predictions agree": (0.99, [None, None, 0.995])}


@pytest.fixture
def verdicts():
    return pd.DataFrame(
        {"round": number, "labels": 100 * (number + 1), "place": place, "title": title}
        | {"value": value, "threshold": threshold, "stop": number == 2, "reason": f"{title} said so"}
        for place, (title, (threshold, values)) in enumerate(CRITERIA.items())
        for number, value in enumerate(values)
    )


def traces(chart):
    return {trace.name: trace for trace in chart.figure.data}


def texts(chart):
    return [note.text for note in chart.figure.layout.annotations]


FRAMES = {
    "history": (figures.history, "epochs"),
    "history of accuracy": (lambda frame: figures.history(frame, "accuracy"), "epochs"),
    "baseline history": (figures.baseline_history, "epochs"),
    "seconds": (figures.seconds, "rounds"),
    "learning curve": (figures.learning_curve, "rounds"),
    "errors": (figures.errors, "rounds"),
    "errors on both": (figures.errors_on_both, "rounds"),
    "balance": (figures.balance, "rounds"),
    "stopping criteria": (figures.stopping_criteria, "verdicts"),
    "calibration error": (figures.calibration_error, "rounds"),
    "queried classes": (lambda frame: figures.queried_classes(frame, ["no", "yes"]), "queried"),
}


@pytest.fixture(params=FRAMES)
def drawn(request):
    draw, name = FRAMES[request.param]
    return draw, request.getfixturevalue(name)


def test_every_chart_is_complete(drawn):
    draw, frame = drawn
    chart = draw(frame)
    layout = chart.figure.layout
    assert layout.title.text and layout.xaxis.title.text and layout.yaxis.title.text
    assert layout.height == style.HEIGHT
    assert layout.uirevision and layout.uirevision == draw(frame.iloc[:1]).figure.layout.uirevision
    assert layout.hovermode == "x unified"
    assert layout.legend.orientation == "h" and layout.legend.y > 1
    assert chart.alt.endswith(".") and any(letter.isdigit() for letter in chart.alt)
    assert len(chart.data) and chart.data.columns.is_unique
    json.loads(chart.figure.to_json())


@pytest.mark.parametrize("kind", ["no columns", "no rows", "NaN", "infinite"])
def test_without_data_a_chart_says_when_there_will_be_some(drawn, kind):
    draw, frame = drawn
    if kind == "no columns":
        frame = pd.DataFrame()
    elif kind == "no rows":
        frame = frame.iloc[:0]
    else:
        keep = {"round", "epoch", "labels", "class", "place", "title"}
        keep |= {column for column in frame if column.endswith("_reliability")}
        frame = frame.assign(**dict.fromkeys(set(frame) - keep, math.nan if kind == "NaN" else math.inf))
    chart = draw(frame)
    assert not chart.figure.data
    assert len(texts(chart)) == 1 and texts(chart)[0].startswith("Appears")
    assert "no data yet" in chart.alt
    assert chart.figure.layout.height == style.HEIGHT


def test_one_row_is_drawn(drawn):
    draw, frame = drawn
    for i in range(len(frame)):
        figure = draw(frame.iloc[[i]]).figure
        figure.to_json()
        points = [trace for trace in figure.data if trace.type == "scatter" and trace.hoverinfo != "skip"]
        assert all("markers" in trace.mode for trace in points)


def test_the_frame_given_is_left_alone(drawn):
    draw, frame = drawn
    before = frame.copy(deep=True)
    draw(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_history_joins_the_rounds_and_leaves_the_baseline_out(epochs):
    chart = figures.history(epochs.sample(frac=1, random_state=0), "loss")
    train, validation = traces(chart)["Training"], traces(chart)["Validation"]
    assert list(train.x) == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(train.y, epochs["loss"][2:])
    np.testing.assert_allclose(validation.y, epochs["val_loss"][2:])
    assert train.line.dash != validation.line.dash and train.line.color != validation.line.color
    assert [shape.x0 for shape in chart.figure.layout.shapes] == [0.5, 3.5]
    assert texts(chart) == ["start", "round 1"]
    assert "5 epochs in 2 fits" in chart.alt


def test_baseline_history_has_only_the_baseline(epochs):
    chart = figures.baseline_history(epochs, "accuracy")
    assert list(traces(chart)["Training"].y) == pytest.approx([0.5, 0.55])
    assert not chart.figure.layout.shapes


@given(st.lists(st.integers(1, 30), min_size=1, max_size=60))
@settings(max_examples=30)
def test_round_names_never_touch_on_a_phone(lengths):
    frame = pd.DataFrame(
        {"round": number, "epoch": epoch + 1, "loss": 1.0, "val_loss": 1.0}
        for number, length in enumerate(lengths)
        for epoch in range(length)
    )
    notes = figures.history(frame).figure.layout.annotations
    pixels = style.PHONE / len(frame)
    ends = [(note.x - 0.5) * pixels + 5.5 * len(note.text) for note in notes]
    assert all((note.x - 0.5) * pixels >= end for note, end in zip(notes[1:], ends, strict=False))
    assert all(end <= style.PHONE for end in ends)


def test_learning_curve_spends_labels_on_the_x_axis(rounds):
    chart = figures.learning_curve(rounds, strategy="random", title="Random")
    curve = traces(chart)["Random"]
    assert list(curve.x) == [15_000, 19_999, 24_998]
    assert curve.line.color == style.RANDOM and "markers" in curve.mode
    assert list(curve.customdata) == ["start", "round 1", "round 2"]
    assert chart.figure.layout.xaxis.title.text == "Labels spent, and 500 validation labels"
    unknown = figures.learning_curve(rounds.drop(columns="validation_n")).figure
    assert unknown.layout.xaxis.title.text == "Labels spent"
    (line,) = chart.figure.layout.shapes
    assert line.line.dash == "dash" and line.y0 == line.y1 == pytest.approx(0.91)
    assert "All 40,000 labels: 91.0%" in traces(chart)
    assert "80.0% at 15,000 labels, 86.0% at 24,998 labels" in chart.alt and "91.0%" in chart.alt


def test_a_round_not_measured_is_a_gap(rounds):
    rounds.loc[2, "test_accuracy"] = math.nan
    y = figures.learning_curve(rounds).figure.data[0].y
    assert len(y) == 3 and math.isnan(y[1])


def test_a_baseline_without_a_round_is_drawn(rounds):
    chart = figures.learning_curve(rounds.iloc[:1])
    assert len(chart.figure.layout.shapes) == 1 and "nan" not in chart.alt


def test_kinds_of_error_differ_in_colour_marker_and_dash(rounds):
    chart = figures.errors(rounds, "validation")
    fn, fp = (traces(chart)[style.NAMES[kind]] for kind in ("fn", "fp"))
    assert (list(fn.y), list(fp.y)) == ([30, 40, 36], [70, 40, 34])
    assert (fn.line.color, fp.line.color) == (style.FALSE_NEGATIVE, style.FALSE_POSITIVE)
    assert fn.marker.symbol != fp.marker.symbol and fn.line.dash != fp.line.dash
    assert {(s.y0, s.line.color) for s in chart.figure.layout.shapes} == {
        (20, style.FALSE_NEGATIVE),
        (25, style.FALSE_POSITIVE),
    }


def test_errors_on_both_share_one_scale_and_one_legend(rounds):
    figure = figures.errors_on_both(rounds).figure
    assert figure.layout.yaxis2.matches == "y"
    named = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert sorted(named) == sorted([*style.NAMES.values(), "All 40,000 labels"])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8))
@settings(max_examples=40)
def test_balance_is_the_share_of_false_negatives_and_no_error_is_a_gap(pairs):
    frame = pd.DataFrame([one_round(i, 100 * i, fn, fp) for i, (fn, fp) in enumerate(pairs)])
    chart = figures.balance(frame)
    expected = [fn / (fn + fp) if fn + fp else math.nan for fn, fp in pairs]
    np.testing.assert_allclose(chart.data["test_balance"], expected)
    if any(fn + fp for fn, fp in pairs):
        np.testing.assert_allclose(traces(chart)["Test"].y, expected)
        assert chart.figure.layout.shapes[0].y0 == 0.5
    else:
        assert not chart.figure.data


def test_confusion_matrix_counts_and_row_shares():
    chart = figures.confusion_matrix([[90, 10], [30, 70]], ["no", "yes"])
    heat, labels = chart.figure.data
    np.testing.assert_allclose(heat.z, [[0.9, 0.1], [0.3, 0.7]])
    assert list(labels.text) == ["90<br>90.0%", "10<br>10.0%", "30<br>30.0%", "70<br>70.0%"]
    assert chart.figure.layout.yaxis.range[0] > chart.figure.layout.yaxis.range[1], "first class on top"
    assert "80.0% on the diagonal" in chart.alt and "yes taken for no, 30 texts" in chart.alt
    assert list(chart.data["count"]) == [90, 10, 30, 70]


@given(st.floats(0, 1), st.sampled_from([True, False, None]))
def test_text_in_a_cell_is_readable(share, dark):
    low, high = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in style.CELL_COLORS[dark])
    cell = "#" + "".join(f"{round(part):02x}" for part in low + share * (high - low))
    assert contrast(style.cell_inks([share], dark)[0], cell) >= 4.5


def test_a_dark_page_turns_the_shades_of_the_matrix_round():
    chart = figures.confusion_matrix([[9, 1], [0, 10]], ["no", "yes"])
    for dark, lighter in ((False, 0), (True, 1)):
        heat, labels = chart.themed(dark).data
        ends = [color for _, color in heat.colorscale]
        assert max(ends, key=luminance) == ends[lighter]
        assert list(labels.textfont.color) == style.cell_inks([0.9, 0.1, 0, 1], dark)


@pytest.mark.parametrize("size", [0, 1, 3, 12, 50])
def test_confusion_matrix_of_any_size(size):
    chart = figures.confusion_matrix(np.eye(size), [f"class {i}" for i in range(size)])
    assert chart.figure.layout.height >= max(style.HEIGHT, 18 * size)
    assert len(chart.data) == size**2
    assert any(trace.mode == "text" for trace in chart.figure.data if trace.type == "scatter") == (
        0 < size <= 12
    )


def test_confusion_matrix_row_without_texts_is_no_division_by_zero():
    chart = figures.confusion_matrix([[5, 0], [0, 0]], ["no", "yes"])
    assert chart.data["share_of_true_class"].tolist() == [1, 0, 0, 0]


def test_queried_classes_stack_in_the_given_order(queried):
    chart = figures.queried_classes(queried, ["yes", "no"])
    yes, no, pool = chart.figure.data
    assert (yes.name, list(yes.y), no.name, list(no.y)) == ("yes", [7, 5], "no", [3, 5])
    assert chart.figure.layout.barmode == "stack"
    assert list(pool.y) == [5, 5], "half of each batch of ten"
    assert "yes 12, no 8" in chart.alt
    assert len(figures.queried_classes(queried.drop(columns="pool_share"), ["no", "yes"]).figure.data) == 2


def test_many_classes_make_room_for_the_legend():
    names = [f"class {i}" for i in range(20)]
    frame = pd.DataFrame({"round": 1, "class": names, "count": 1})
    layout = figures.queried_classes(frame, names).figure.layout
    assert layout.height > style.HEIGHT and layout.margin.t > style.MARGIN_TOP


@given(st.lists(st.integers(0, 1000), max_size=80))
@settings(max_examples=40)
def test_class_counts_lose_no_text(counts):
    chart = figures.class_counts([f"c{i}" for i in range(len(counts))], counts)
    assert chart.data["texts"].sum() == sum(counts)
    if sum(counts):
        (bars,) = chart.figure.data
        assert sum(bars.x) == sum(counts) and len(bars.x) == min(len(counts), 31)


def test_class_counts_keep_classes_of_equal_shown_name_apart():
    names = ["a very long name of a class, one", "a very long name of a class, two"]
    assert list(figures.class_counts(names, [2, 1]).figure.data[0].y) == [0, 1]


def test_text_lengths():
    chart = figures.text_lengths([0, 10, 30], [4, 6])
    (bars,) = chart.figure.data
    assert (list(bars.x), list(bars.width), list(bars.y)) == ([5, 20], [10, 20], [4, 6])
    assert "most have 10 to 30" in chart.alt
    assert "no data yet" in figures.text_lengths([], []).alt


def test_seconds_stack_to_the_whole_round(rounds):
    chart = figures.seconds(rounds)
    assert sum(trace.y[0] for trace in chart.figure.data) == pytest.approx(11.5)
    assert list(chart.figure.data[0].x) == [0, 1, 2], "the baseline is no round"
    assert len({trace.marker.pattern.shape for trace in chart.figure.data}) == 3
    assert chart.figure.layout.yaxis.title.text == "Time (seconds)"


def test_each_criterion_has_a_panel_with_its_threshold(verdicts):
    chart = figures.stopping_criteria(verdicts)
    drawn = traces(chart)
    agree, labels = drawn["Predictions agree"], drawn["Budget of labels"]
    assert (list(agree.x), list(agree.y)) == ([300], [0.995]), "rounds without a value are left out"
    assert (list(labels.x), list(labels.y)) == ([100, 200, 300], [100, 200, 300])
    assert (agree.yaxis or "y") != (labels.yaxis or "y")
    lines = {(shape.yref, shape.y0, shape.line.dash) for shape in chart.figure.layout.shapes}
    assert lines == {(agree.yaxis or "y", 0.99, "dash"), (labels.yaxis or "y", 300, "dash")}
    # Named from the top in the order of the config.
    heights = [chart.figure.layout[each.yaxis.replace("y", "yaxis")].domain[0] for each in (labels, agree)]
    assert heights[0] > heights[1] and sorted(texts(chart)) == sorted(CRITERIA)
    stars = [trace for trace in chart.figure.data if trace.name == "Says stop" and trace.x[0] is not None]
    assert [list(star.x) for star in stars] == [[300], [300]]
    assert "Budget of labels: 300 at 300 labels, threshold 300, stop." in chart.alt
    assert list(labels.customdata) == ["100 (start)", "200 (round 1)", "300 (round 2)"]
    assert chart.data["reason"].iloc[0] == "Budget of labels said so" and len(chart.data) == 6


def test_a_criterion_that_has_no_value_yet_keeps_its_panel(verdicts):
    chart = figures.stopping_criteria(verdicts[verdicts["round"] < 2])
    assert "Predictions agree: too few rounds yet." in chart.alt
    assert len(chart.figure.layout.shapes) == 2 and "nan" not in chart.figure.to_json().lower()


def test_many_criteria_make_the_chart_taller(verdicts):
    frame = pd.concat([verdicts.assign(place=verdicts["place"] + 2 * i) for i in range(4)])
    chart = figures.stopping_criteria(frame)
    assert chart.figure.layout.height > 2 * style.HEIGHT
    assert len(texts(chart)) == 8, "two criteria of one title are two panels"
    themed = chart.themed(True)
    assert themed.layout.yaxis8.tickfont.color == style.TEXT[True]


@pytest.mark.parametrize("page", PAGES)
def test_lines_and_markers_stand_out_on_both_pages(page):
    colors = {style.FALSE_NEGATIVE, style.FALSE_POSITIVE, style.RANDOM, style.ACCENT, *style.STRATEGY_COLORS}
    colors |= {split["color"] for split in style.SPLITS.values()}
    # The class palette is light; what stands out is the outline of its bars.
    colors.add(figures.class_style(0)["line"]["color"])
    assert {color: contrast(color, page) for color in colors if contrast(color, page) < 3} == {}


def test_text_is_readable_on_its_page_and_legible_on_the_other():
    light, dark = PAGES
    assert contrast(style.TEXT[False], light) >= 4.5 and contrast(style.TEXT[True], dark) >= 4.5
    assert contrast(style.TEXT[False], dark) >= 3 and contrast(style.TEXT[True], light) >= 3
    assert min(contrast(style.TEXT[None], page) for page in PAGES) >= 4.2


def test_themed_colours_all_text_and_leaves_the_chart_alone(rounds):
    chart = figures.errors_on_both(rounds)
    before = json.loads(chart.figure.to_json())
    layout = chart.themed(True).layout
    inks = [layout.font.color, layout.legend.font.color]
    inks += [axis.tickfont.color for axis in (layout.xaxis, layout.xaxis2, layout.yaxis, layout.yaxis2)]
    inks += [axis.title.font.color for axis in (layout.xaxis, layout.xaxis2, layout.yaxis)]
    assert set(inks) == {style.TEXT[True]}
    assert json.loads(chart.figure.to_json()) == before


def test_no_class_looks_like_an_error_or_like_another():
    looks = [(s["color"], s["pattern"]["shape"]) for s in map(figures.class_style, range(40))]
    assert len(set(looks)) == 40
    assert not {style.FALSE_NEGATIVE, style.FALSE_POSITIVE, style.RANDOM} & {color for color, _ in looks}


@given(st.text())
def test_only_random_is_grey_and_no_strategy_looks_like_an_error(name):
    color = figures.strategy_style(name)["color"]
    assert (color == style.RANDOM) == (name == "random")
    assert color not in {style.FALSE_NEGATIVE, style.FALSE_POSITIVE}


def test_a_strategy_keeps_its_look_in_another_process():
    code = "from al_core import figures; print(figures.strategy_style('badge')['color'])"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == figures.strategy_style("badge")["color"]


@given(st.text())
def test_names_from_data_are_text_not_markup(name):
    shown = style.plain(name)
    assert "<" not in shown and ">" not in shown and "\n" not in shown
    assert shown.strip()


def test_names_from_data_reach_the_figure_escaped():
    chart = figures.confusion_matrix([[1, 1], [1, 1]], ["<b>x</b>", "a&b"])
    assert list(chart.figure.layout.xaxis.ticktext) == ["&lt;b&gt;x&lt;/b&gt;", "a&amp;b"]
    assert chart.data["true"].iloc[0] == "<b>x</b>", "the table keeps the name as it is"


def test_config_offers_svg_and_no_logo():
    assert figures.CONFIG["toImageButtonOptions"]["format"] == "svg"
    assert figures.CONFIG["displaylogo"] is False


def test_figures_know_nobody():
    code = (
        "import sys, al_core.figures; "
        "print([m for m in sys.modules if m.split('.')[0] in {'streamlit', 'keras', 'tensorflow'} "
        "or m.startswith('al_core.') and not m.startswith('al_core.figures')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_chart_is_a_figure_a_sentence_and_a_table(rounds):
    chart = figures.errors(rounds)
    assert isinstance(chart.figure, go.Figure) and isinstance(chart.alt, str)
    with pytest.raises(AttributeError):
        chart.alt = "other"


def test_reliability_shows_the_latest_round_before_and_after(rounds):
    chart = figures.reliability(rounds)
    found = traces(chart)
    before, after = found["Before: 9.0% off"], found["After: 2.2% off"]
    assert list(after.x) == [0.6, 0.9] and list(after.y) == [0.61, 0.875]
    assert list(before.x) == [0.91] and before.line.color == style.RANDOM
    assert after.line.color == style.ACCENT and after.marker.symbol != before.marker.symbol
    small, large = after.marker.size
    assert style.ACCENT and 5 < small < large < before.marker.size[0] == 22, "as many texts as the area says"
    perfect = found["Perfect"]
    assert list(perfect.x) == list(perfect.y) == [0.5, 1] and perfect.line.dash == "dash"
    assert after.customdata[1] == "87.5% right at 90.0%, 400 texts"
    layout = chart.figure.layout
    assert layout.title.text and layout.xaxis.title.text and layout.yaxis.title.text
    assert layout.uirevision == figures.reliability(rounds.iloc[:0]).figure.layout.uirevision
    assert "round 2" in chart.alt and "After: 2.2% off, 500 texts in 2 bins" in chart.alt
    assert chart.data.columns.tolist() == ["calibrated", "texts", "probability", "right"]
    json.loads(chart.figure.to_json())
    chart.themed(True), chart.themed(False)


def test_reliability_without_a_calibrator_and_with_more_classes(rounds):
    rounds["uncalibrated_reliability"] = None
    rounds["uncalibrated_ece"] = math.nan
    at = len(rounds) - 1
    rounds.at[at, "test_reliability"] = [[10, 0.3, 0.3]]
    found = traces(figures.reliability(rounds))
    assert set(found) == {"Perfect", "Not calibrated: 0.0% off"}
    assert list(found["Perfect"].x) == [0, 1]
    assert set(traces(figures.calibration_error(rounds))) == {"Not calibrated"}


@pytest.mark.parametrize(
    "bins", [None, math.nan, [], [[0, 0.5, 0.5]], [[3, math.nan, 1.0]], [[3, math.inf, 1.0]], "bins"]
)
def test_reliability_without_bins_says_when_there_will_be_some(rounds, bins):
    rounds["test_reliability"] = [bins] * len(rounds)
    for frame in (rounds, rounds.iloc[:1], rounds.iloc[:0], pd.DataFrame()):
        chart = figures.reliability(frame)
        assert not chart.figure.data and texts(chart)[0].startswith("Appears") and "no data yet" in chart.alt
        assert chart.figure.layout.height == style.HEIGHT


def test_calibration_error_over_the_labels(rounds):
    found = traces(figures.calibration_error(rounds))
    assert list(found["After"].x) == [15_000, 19_999, 24_998] and list(found["After"].y) == [0.02] * 3
    assert list(found["Before"].y) == [0.09] * 3
