import html
import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_core import figures
from al_core.figures import intervals, people, style

HOSTILE = ["<b>bold</b><script>alert(1)</script>", "W" * 300, "{} %{x} & \n\t", "", "漢字" * 50, "others"]
SHARE = st.floats(0, 1)
MAYBE = st.one_of(SHARE, st.just(math.nan))


def around(value, half=0.1):
    return max(0.0, value - half), min(1.0, value + half)


def versions(count):
    rows = []
    for version in range(1, count + 1):
        accuracy, fn, fp = 0.9 - 0.3 / version, 0.4 / version, 0.2 / version
        row = {"version": version, "spent": 20 + 40 * version, "validation_labels": 10 * version}
        row |= {"uncertainty": 0.9 / version, "agreement": math.nan if version == 1 else 1 - 0.5 / version}
        for name, value in (("accuracy", accuracy), ("fn", fn), ("fp", fp)):
            prefix = "" if name == "accuracy" else f"{name}_"
            row |= {name: value, f"{prefix}low": around(value)[0], f"{prefix}high": around(value)[1]}
        rows.append(row)
    return pd.DataFrame(rows)


def comparisons(count):
    return pd.DataFrame(
        {"version": version, "labels": 30, "asked": 0.7 + difference, "random": 0.7}
        | {"difference": difference, "low": difference - 0.03, "high": difference + 0.05}
        for version in range(1, count + 1)
        for difference in [0.01 * (version - 3)]
    )


def named_rows(column, count, *kinds):
    rows = []
    for i in range(count):
        row = {column: f"name {i}", "labelled": 0.3, "labels": 10 + i, "seconds": 4.5}
        for kind, prefix in kinds:
            value = (i % 7) / 10
            row |= {kind: value, f"{prefix}low": around(value)[0], f"{prefix}high": around(value)[1]}
        rows.append(row)
    return pd.DataFrame(rows)


def errors_of(count):
    return named_rows("class", count, ("missed", "missed_"), ("wrongly_given", "wrongly_given_"))


def shares_of(count):
    return named_rows("class", count, ("share", ""))


def agreeing(count):
    return named_rows("annotator", count, ("agreement", ""))


START = pd.Timestamp("2026-03-05 13:40", tz="UTC")


def bins(count):
    return pd.DataFrame(
        {"annotator": f"name {i}", "at": START + pd.Timedelta(minutes=5 * (i + k)), "labels": 1 + i + k}
        for i in range(count)
        for k in range(3)
    )


OVER_MODELS = {
    "accuracy": (figures.estimated_accuracy, versions),
    "errors": (figures.estimated_errors, versions),
    "paying": (figures.paying, comparisons),
    "uncertainty": (figures.uncertainty, versions),
}
IN_ROWS = {
    "errors per class": (figures.estimated_errors_per_class, errors_of),
    "shares": (figures.class_shares, shares_of),
    "annotators": (figures.annotators, agreeing),
    "pace": (figures.pace, bins),
}
ALL = OVER_MODELS | IN_ROWS
KEYS = {"version", "spent", "class", "annotator", "at"}


@pytest.fixture(params=ALL)
def drawn(request):
    return ALL[request.param]


@pytest.fixture(params=IN_ROWS)
def in_rows(request):
    return IN_ROWS[request.param]


def traces(chart):
    return {trace.name: trace for trace in chart.figure.data}


def layout(chart):
    return chart.figure.layout


def names(chart):
    return list(layout(chart).yaxis.ticktext)


@pytest.mark.parametrize("count", [1, 2, 40, 200])
def test_every_chart_is_complete(drawn, count):
    draw, make = drawn
    frame = make(count)
    before = frame.copy(deep=True)
    chart = draw(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert layout(chart).title.text and layout(chart).height >= style.HEIGHT
    assert layout(chart).uirevision == layout(draw(frame.iloc[:0])).uirevision
    assert len(chart.data) == len(frame), "the table behind the chart has every row"
    assert any(trace.hovertemplate for trace in chart.figure.data)
    assert chart.alt.endswith(".") and any(letter.isdigit() for letter in chart.alt)
    assert "nan" not in chart.alt and "None" not in chart.alt
    for dark in (True, False, None):
        json.loads(chart.themed(dark).to_json())
    # Plotly gives an entry 40 px and 6 px a letter.
    entries = [trace.name for trace in chart.figure.data if trace.showlegend is not False]
    assert not layout(chart).showlegend or all(40 + 6 * len(entry) <= style.PHONE for entry in entries)


def test_revisions_differ():
    revisions = [layout(draw(make(2))).uirevision for draw, make in ALL.values()]
    assert len(set(revisions)) == len(revisions)


@pytest.mark.parametrize("kind", ["no columns", "no rows", "NaN", "infinite", "text"])
def test_without_data_a_chart_says_when_there_will_be_some(drawn, kind):
    draw, make = drawn
    frame = make(3)
    if kind == "no columns":
        frame = pd.DataFrame()
    elif kind == "no rows":
        frame = frame.iloc[:0]
    else:
        value = {"NaN": math.nan, "infinite": math.inf, "text": "much"}[kind]
        frame = frame.assign(**dict.fromkeys(set(frame) - KEYS, value))
    chart = draw(frame)
    assert not chart.figure.data
    (note,) = layout(chart).annotations
    assert note.text.startswith("Appears") and "no data yet" in chart.alt


def test_the_newest_model_is_said_in_words():
    frame = versions(12).sample(frac=1, random_state=0)
    alt = figures.estimated_accuracy(frame).alt
    assert "version 12 with 500 labels spent, 87.5%" in alt and "measured on 120 random labels" in alt
    assert "95% interval 77.5% to 97.5%" in alt
    alt = figures.estimated_errors(frame).alt
    assert "(missed positives) 3.3% at version 12" in alt and "(false alarms) 1.7% at version 12" in alt
    alt = figures.uncertainty(frame).alt
    assert "open texts: 7.5% at version 12" in alt and "(kappa): 0.958 at version 12" in alt


def test_accuracy_says_on_hover_what_it_was_measured_on():
    (_, line) = figures.estimated_accuracy(versions(2)).figure.data
    assert line.customdata[1] == (
        "Version 2: 75.0%<br>95% interval 65.0% to 85.0%<br>measured on 20 random labels"
    )
    assert list(line.x) == [60, 100]


def area(band):
    """The polygons of a band, each as its corners."""
    corners = list(zip(band.x, band.y, strict=True))
    assert corners[0] == (None, None) and corners[-1] in {(None, None)}
    pieces = [[]]
    for corner in corners:
        pieces.append([]) if corner[0] is None else pieces[-1].append(corner)
    return [piece for piece in pieces if piece]


@given(st.lists(st.tuples(SHARE, MAYBE, MAYBE), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_each_interval_is_a_band_or_a_whisker_and_never_both(rows):
    frame = pd.DataFrame(rows, columns=["accuracy", "low", "high"])
    frame.insert(0, "version", range(1, len(frame) + 1))
    frame.insert(1, "spent", frame["version"] * 10)
    band, line = figures.estimated_accuracy(frame).figure.data
    known = frame.dropna(subset=["low", "high"])
    in_band = {x for piece in area(band) for x, _ in piece}
    whisker = np.zeros(len(frame), bool) if line.error_y.array is None else ~np.isnan(line.error_y.array)
    assert in_band | set(frame["spent"][whisker]) == set(known["spent"])
    assert not in_band & set(frame["spent"][whisker])
    ends = dict(zip(frame["spent"], zip(frame["low"], frame["high"], strict=True), strict=True))
    for piece in area(band):
        half = len(piece) // 2
        assert piece[:half] == [(x, ends[x][1]) for x, _ in piece[:half]], "there along the high ends"
        assert piece[half:] == [(x, ends[x][0]) for x, _ in piece[:half][::-1]], "back along the low ones"
        assert half > 1 and np.ptp([x for x, _ in piece]) == 10 * (half - 1), "no model in between is missing"


def test_one_point_has_a_whisker_for_lack_of_a_band():
    band, line = figures.estimated_accuracy(versions(1)).figure.data
    assert area(band) == [] and band.showlegend
    assert line.error_y.array == pytest.approx([0.1]) and line.error_y.arrayminus == pytest.approx([0.1])


def test_a_label_taken_back_folds_no_line():
    frame = versions(4)
    frame["spent"] = [60, 140, 100, 140]
    chart = figures.estimated_accuracy(frame)
    assert list(chart.figure.data[1].x) == [60, 100, 140, 140]
    assert "version 4 with 140 labels spent" in chart.alt
    assert len(figures.estimated_accuracy(frame.assign(spent=60)).figure.data) == 2


@given(st.lists(SHARE, min_size=1, max_size=8))
@settings(max_examples=12, deadline=None)
def test_no_estimate_lies_outside_its_axis(values):
    frame = versions(len(values))
    low, high = zip(*map(around, values), strict=True)
    for kind in ("", "fn_", "fp_"):
        frame = frame.assign(
            **{kind.strip("_") or "accuracy": values, f"{kind}low": low, f"{kind}high": high}
        )
    for draw in (figures.estimated_accuracy, figures.estimated_errors):
        bottom, top = layout(draw(frame)).yaxis.range
        assert bottom < min(low) and top > max(high)
    rows = frame.assign(**{"class": "x", "share": values, "labelled": values})
    left, right = layout(figures.class_shares(rows)).xaxis.range
    assert left < 0 and right > max(high) and right <= 1.04


def test_an_unknown_rate_is_a_gap_and_does_not_stretch_the_axis():
    frame = versions(3)
    frame.loc[:, ["fn", "fn_low", "fn_high"]] = [math.nan, 0.0, 1.0]
    frame.loc[:, ["fp", "fp_low", "fp_high"]] = [0.02, 0.01, 0.05]
    chart = figures.estimated_errors(frame)
    assert layout(chart).yaxis.range[1] < 0.2
    assert "(missed positives) not known yet" in chart.alt
    assert np.isnan(traces(chart)[style.NAMES["fn"]].y).all()


def test_kinds_of_error_keep_their_look():
    for chart in (figures.estimated_errors(versions(3)), figures.estimated_errors_per_class(errors_of(3))):
        fn, fp = (traces(chart)[style.NAMES[kind]] for kind in ("fn", "fp"))
        assert (fn.marker.color, fp.marker.color) == (style.FALSE_NEGATIVE, style.FALSE_POSITIVE)
        assert fn.marker.symbol != fp.marker.symbol
    chart = figures.estimated_errors(versions(3))
    fn, fp = (traces(chart)[style.NAMES[kind]] for kind in ("fn", "fp"))
    assert fn.line.dash != fp.line.dash
    assert (traces(figures.estimated_errors_per_class(errors_of(1)))[style.NAMES["fn"]].y) < 0, (
        "above its class"
    )
    bands = [trace for trace in chart.figure.data if trace.fill == "toself"]
    assert [band.fillcolor for band in bands] == ["rgba(213, 94, 0, 0.24)", "rgba(0, 114, 178, 0.24)"]


def test_paying_is_in_points_against_a_grey_zero():
    chart = figures.paying(comparisons(5), strategy="margin")
    asked = traces(chart)["Asked"]
    assert list(asked.x) == [1, 2, 3, 4, 5] and list(asked.y) == pytest.approx([-2, -1, 0, 1, 2])
    assert asked.line.color == figures.strategy_style("margin")["color"]
    assert asked.customdata[0].startswith("−2.0 (−5.0 to +3.0)<br>asked 68.0%, random 70.0%")
    (zero,) = layout(chart).shapes
    assert zero.y0 == zero.y1 == 0 and zero.line.color == traces(chart)["Random"].line.color == style.RANDOM
    assert list(chart.data["difference"]) == pytest.approx([-0.02, -0.01, 0, 0.01, 0.02])
    assert layout(chart).yaxis.rangemode == "tozero"


@pytest.mark.parametrize(
    "low, high, verdict",
    [(0.01, 0.1, "asking pays"), (-0.1, 0.1, "too early"), (-0.2, -0.1, "random labels teach more")],
)
def test_paying_says_who_is_ahead(low, high, verdict):
    frame = comparisons(1).assign(low=low, high=high)
    assert verdict in figures.paying(frame).alt


def test_paying_without_an_interval_says_nothing_certain():
    chart = figures.paying(comparisons(2).assign(low=math.nan, high=math.nan))
    assert "too early to tell" in chart.alt and "nan" not in chart.alt


def test_paying_is_over_labels_spent_where_they_are_known():
    frame = comparisons(3).assign(spent=[100, 200, 300])
    assert list(traces(figures.paying(frame))["Asked"].x) == [100, 200, 300]
    assert layout(figures.paying(frame)).xaxis.title.text.startswith("Labels spent")
    frame.loc[1, "spent"] = math.nan
    assert list(traces(figures.paying(frame))["Asked"].x) == [1, 2, 3]
    assert layout(figures.paying(frame)).xaxis.title.text == "Model version"


def test_uncertainty_above_agreement_below_and_one_axis():
    chart = figures.uncertainty(versions(4))
    unsure, agree = chart.figure.data
    assert list(unsure.x) == [60, 100, 140, 180] and list(agree.x) == [100, 140, 180]
    places = [layout(chart)[f"yaxis{each.yaxis[1:]}"].domain[0] for each in (unsure, agree)]
    assert places[0] > places[1]
    assert unsure.line.dash != agree.line.dash and unsure.marker.symbol != agree.marker.symbol
    first = figures.uncertainty(versions(1))
    assert "not known yet" in first.alt and layout(first).height == layout(chart).height
    assert "Appears after the second model" in [note.text for note in layout(first).annotations]
    below = figures.uncertainty(versions(4).assign(agreement=-0.4))
    assert layout(below).yaxis.range[0] < -0.4


def test_shares_of_the_pool_and_of_the_labels_are_told_apart():
    frame = shares_of(3).assign(labelled=[0.5, math.nan, 0.2])
    chart = figures.class_shares(frame)
    pool, labelled = chart.figure.data
    assert list(pool.x) == [0, 0.1, 0.2] and list(labelled.x)[::2] == [0.5, 0.2]
    assert pool.error_x.array == pytest.approx([0.1] * 3) and list(pool.error_x.arrayminus) == pytest.approx(
        [0, 0.1, 0.1]
    )
    assert list(pool.marker.color) == [figures.class_style(i)["color"] for i in range(3)]
    assert pool.marker.line.color == style.RANDOM, "an outline, as the colours are light"
    chosen = ("#112233", "#445566", "#778899")
    own = figures.class_shares(frame.assign(share=[0.1, 0.3, 0.2]), chosen).figure.data[0]
    assert list(own.marker.color) == list(chosen)
    assert labelled.marker.symbol.endswith("-open")
    assert "name 0: 0.0% (0.0% to 10.0%), of the labels so far 50.0%." in chart.alt
    assert "name 1: 10.0% (0.0% to 20.0%)." in chart.alt


def test_past_forty_classes_the_largest_stay_in_their_order_with_their_colour():
    frame = shares_of(62).assign(share=np.linspace(0, 0.5, 62)[::-1])
    frame.loc[61, "share"] = 0.9
    chart = figures.class_shares(frame)
    pool = chart.figure.data[0]
    assert len(pool.x) == intervals.MOST_ROWS and names(chart)[-1] == "name 61"
    assert pool.marker.color[-1] == figures.class_style(61)["color"] != figures.class_style(39)["color"]
    assert "22 more classes in the table" in layout(chart).xaxis.title.text and len(chart.data) == 62


def test_a_class_without_random_labels_keeps_its_row():
    frame = errors_of(3)
    frame.loc[1, ["missed", "missed_low", "missed_high"]] = [math.nan, 0.0, 1.0]
    chart = figures.estimated_errors_per_class(frame)
    assert names(chart) == ["name 0", "name 1", "name 2"]
    assert math.isnan(traces(chart)[style.NAMES["fn"]].x[1])
    assert layout(chart).xaxis.range[1] < 0.6
    assert "name 1: missed not known yet, wrongly given 10.0%" in chart.alt


@pytest.mark.parametrize("count", [1, 7, 40])
def test_rows_have_room_and_the_first_is_on_top(in_rows, count):
    draw, make = in_rows
    chart = draw(make(count))
    rows = len(names(chart))
    assert layout(chart).height - layout(chart).margin.t - intervals.AXIS >= 24 * rows
    bottom, top = layout(chart).yaxis.range
    assert bottom > rows - 1 and top < 0
    assert layout(chart).hovermode == "closest"
    legend = (layout(chart).legend.y - 1) * (layout(chart).height - layout(chart).margin.t - intervals.AXIS)
    assert 0 < legend < 10, "just above the rows, however tall the chart"


def test_hostile_names_are_text_and_stay_apart(in_rows):
    draw, make = in_rows
    frame = make(len(HOSTILE))
    column = "class" if "class" in frame else "annotator"
    frame[column] = [
        dict(zip(make(len(HOSTILE))[column].unique(), HOSTILE, strict=True))[n] for n in frame[column]
    ]
    chart = draw(frame)
    assert len(names(chart)) == len(HOSTILE)
    shown = names(chart) + [text for trace in chart.figure.data for text in trace.customdata]
    for text in shown:
        bare = text.replace("<br>", "")
        assert "<" not in bare and ">" not in bare and "\n" not in text and len(html.unescape(text)) < 120
    assert len(chart.alt) < 1000 and "\n" not in chart.alt
    assert set(chart.data[column]) == set(HOSTILE), "the table keeps the names as they are"


@given(st.text(min_size=1))
@settings(deadline=None)
def test_the_name_of_a_row_is_never_wider_than_its_room(name):
    shown = intervals.short_name(name)
    letters = html.unescape(shown)
    assert letters.strip() and "<" not in shown
    assert len(letters) <= 20
    wide = sum(letter in "MW@" or ord(letter) > 0x2E7F for letter in letters)
    assert len(letters) + 0.5 * wide <= 32


def test_wide_letters_leave_room_for_fewer():
    assert intervals.short_name("a" * 30) == "a" * 19 + "…"
    assert len(intervals.short_name("W" * 30)) < 14


def test_annotators_without_a_text_in_common_say_so():
    frame = agreeing(3)
    frame.loc[1, ["agreement", "low", "high"]] = math.nan
    chart = figures.annotators(frame)
    (dots,) = chart.figure.data
    assert dots.customdata[2] == "name 2: 20.0% (10.0% to 30.0%)<br>12 labels, 4.5 s each (median)"
    (note,) = layout(chart).annotations
    assert note.y == 1 and "no text in common" in note.text
    assert "name 1: not known yet, 11 labels" in chart.alt
    lone = figures.annotators(frame.assign(seconds=math.nan, labels=math.nan))
    assert lone.figure.data[0].customdata[0].endswith("no labels")


EVENTS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 3000), st.integers(0, 50)), min_size=1, max_size=60
)


def labels_drawn(chart):
    return sum(
        int(text.split(": ")[1].split(" ")[0].replace(",", "")) for text in chart.figure.data[0].customdata
    )


@given(EVENTS)
@settings(max_examples=25, deadline=None)
def test_pace_loses_no_label_however_many_people_and_hours(events):
    frame = pd.DataFrame(events, columns=["person", "bin", "labels"])
    frame["annotator"] = "person " + frame["person"].astype(str)
    frame["at"] = START + pd.to_timedelta(frame["bin"] * 5, unit="min")
    chart = figures.pace(frame)
    total = frame["labels"].sum()
    if not total:
        assert not chart.figure.data
        return
    (bars,) = chart.figure.data
    who = frame[frame["labels"] > 0]
    assert labels_drawn(chart) == chart.data["labels"].sum() == total and f"In all {total:,}:" in chart.alt
    assert len(names(chart)) == min(who["annotator"].nunique(), people.MOST_PEOPLE + 1)
    starts = pd.DatetimeIndex(bars.x)
    assert (starts.max() - starts.min()) / pd.Timedelta(milliseconds=bars.width / 0.9) <= people.MOST_BINS
    first, last = pd.to_datetime(layout(chart).xaxis.range)
    assert first <= who["at"].min().tz_localize(None) and last > who["at"].max().tz_localize(None)
    # Each bar stays in its row.
    top, bottom = np.array(bars.base) + np.array(bars.y), np.array(bars.base)
    assert ((bottom - top) <= 0.8 + 1e-9).all() and (bottom > top).all()


def test_pace_sums_who_labelled_least_as_others():
    chart = figures.pace(bins(25))
    assert names(chart)[0] == "name 5" and names(chart)[-1] == "5 others, own scale"
    (bars,) = chart.figure.data
    others = [text for text in bars.customdata if text.startswith("5 others")]
    assert sum(int(text.split(": ")[1].split(" ")[0]) for text in others) == sum(3 * i + 6 for i in range(5))
    heights = -np.array(bars.y)
    for row in (np.array(bars.base) > 20, np.array(bars.base) < 20):
        assert heights[row].max() == pytest.approx(0.8), "others have a scale of their own"
    assert set(np.array(bars.marker.pattern.shape)[np.array(bars.base) > 20]) == {"/"}
    assert "And 20 more people." in chart.alt


def test_pace_says_what_is_newest():
    frame = pd.DataFrame({"annotator": ["Ann", "Ben", "Ben"], "labels": [3, 4, 5]})
    frame["at"] = [START, START, START + pd.Timedelta(minutes=5)]
    chart = figures.pace(frame)
    assert "Newest: 5 labels by 1 person in the 5 minutes from 05 Mar 13:45" in chart.alt
    assert "In all 12: Ben 9, Ann 3." in chart.alt
    assert layout(chart).yaxis.title.text == "Labels per 5 minutes, up to 5"
    assert list(chart.figure.data[0].base) == [0.4, 1.4, 1.4]


def test_pace_keeps_rows_in_place_when_somebody_overtakes():
    before, after = bins(5), pd.concat([bins(5), bins(1).assign(labels=900)])
    assert names(figures.pace(before)) == names(figures.pace(after))


@pytest.mark.parametrize("days, span", [(0.2, "5 minutes"), (2.9, "hour"), (30, "12 hours"), (400, "6 days")])
def test_pace_takes_longer_bins_over_longer_times(days, span):
    frame = pd.DataFrame({"annotator": "Ann", "labels": 1, "at": [START, START + pd.Timedelta(days=days)]})
    assert layout(figures.pace(frame)).yaxis.title.text == f"Labels per {span}, up to 1"


def test_pace_puts_labels_of_one_bin_into_one_bar():
    minutes = [0, 5, 2900, 2955, 2960]
    frame = pd.DataFrame({"annotator": "Ann", "labels": [1, 2, 4, 8, 16], "at": START})
    frame["at"] += pd.to_timedelta(minutes, unit="min") + pd.Timedelta(minutes=20)
    (bars,) = figures.pace(frame).figure.data
    at = ["2026-03-05 14:00", "2026-03-07 14:00", "2026-03-07 15:00"]
    assert list(pd.DatetimeIndex(bars.x)) == [pd.Timestamp(each) for each in at]
    assert [text.split(" ")[1] for text in bars.customdata] == ["3", "4", "24"]


def test_pace_drops_what_has_no_time():
    frame = bins(2)
    frame["at"] = frame["at"].astype("object")
    frame.loc[0, "at"] = None
    assert len(figures.pace(frame).data) == len(frame) - 1
