"""The story as a file, and its charts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from al_core import figures
from al_core.figures import style
from al_core.story import Prices, scenes
from al_core.story.page import html

HOSTILE = "</script><img src=x onerror=alert(1)> **x**"
LOOKS = [("At random", "random"), (HOSTILE, "margin")]


class Tags(HTMLParser):
    """Collects every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def bands(points=5, names=LOOKS):
    return pd.DataFrame(
        {"group": name, "labels": 20.0 * (k + 1), "mean": 0.6 + 0.05 * k, "low": 0.5, "high": 0.9}
        for name, _ in names
        for k in range(points)
    )


def drawn():
    cost = pd.DataFrame({"labels": [0, 10], "money": [0.0, 5.0]})
    rows = pd.DataFrame(
        {"name": [HOSTILE], "strategy": [""], "labels": [9], "money": [3.0], "said": [HOSTILE]}
    )
    return [
        figures.story_cost(cost, "$"),
        figures.story_curves(bands(), LOOKS, 0.9, 0.8, {HOSTILE: 60.0, "At random": np.inf}),
        figures.story_errors({"fn": bands(), "fp": bands()}, LOOKS),
        figures.story_saved(rows, "$"),
    ]


def test_a_page_needs_nothing_but_itself_and_holds_the_prices(tell):
    page = html(tell(), Prices(12_345, 36, 21.5, fn=7))
    assert "Prices: 12,345 texts, 36 seconds a label, €21.5 an hour, €7 a miss" in page
    tags = Tags()
    tags.feed(re.sub(r"<script.*?</script>", "", page, flags=re.S))
    assert not [attrs for _, attrs in tags.found if {"src", "href", "action"} & set(attrs)]
    assert [tag for tag, _ in tags.found].count("h2") == 5
    body = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page, re.S)
    assert body
    charts = json.loads(body[1])["figures"]
    assert [each["id"] for each in charts] == [f"chart-{n}" for n in range(1, 6)]
    assert [len(each["figure"].get("frames", ())) for each in charts] == [0, 4, 4, 4, 0]


def test_foreign_words_stay_words(tell):
    story = tell(corpus=HOSTILE, classes=(HOSTILE, "b"))
    page = html(story, Prices(10))
    assert "<img" not in page and "&lt;/script&gt;&lt;img src=x" in page


def test_each_frame_holds_what_was_known_by_then(tell):
    draw = scenes(tell(), Prices(10))[2].draw
    assert draw
    figure = draw().figure
    assert [frame.name for frame in figure.frames] == ["20", "40", "60", "80"]
    for count, frame in enumerate(figure.frames, start=1):
        # A band, a line and its head for each of the two.
        assert list(frame.traces) == list(range(6)) and len(frame.data[1].x) == len(frame.data[4].x) == count
        assert list(frame.data[4].x) == [20, 40, 60, 80][:count]
        assert list(frame.data[5].x) == [20 * count]
    whole = [trace.y for trace in figure["data"][:6]]
    for trace, y in zip(figure.frames[-1].data, whole, strict=True):
        np.testing.assert_allclose(np.asarray(trace.y, float), np.asarray(y, float))
    assert [list(step["args"][0]) for step in figure["layout"]["sliders"][0]["steps"]] == [
        [f.name] for f in figure.frames
    ]


def test_many_rounds_play_in_few_frames():
    figure = figures.story_curves(bands(points=500), LOOKS).figure
    assert len(figure.frames) == 60 and figure.frames[-1].name == "10000"


def test_charts_are_plain_and_their_colours_mean_what_they_always_do():
    cost, curves, errors, saved = drawn()
    for chart in (cost, curves, errors, saved):
        assert "<img" not in json.dumps(chart.figure.to_plotly_json(), default=str)
        for dark in (True, False, None):
            chart.themed(dark)
    assert curves.figure["data"][1].line.color == style.RANDOM
    colors = {trace.line.color for trace in errors.figure["data"] if trace.mode == "lines"}
    assert colors == {style.RANDOM, style.FALSE_NEGATIVE, style.FALSE_POSITIVE}
    assert "takes 60 labels" in curves.alt and "Target: 80.0%" in curves.alt


@pytest.mark.parametrize("points", [0, 1])
def test_nothing_or_a_single_round_is_drawn_without_a_way_to_play(points):
    nothing = bands(points) if points else pd.DataFrame()
    for chart in (
        figures.story_curves(nothing, LOOKS, np.nan, np.nan),
        figures.story_errors({"fn": nothing, "fp": nothing}, LOOKS),
        figures.story_cost(pd.DataFrame(), "€"),
        figures.story_saved(pd.DataFrame(), "€"),
    ):
        assert not chart.figure.frames and not chart.figure["layout"]["sliders"]
        chart.themed(None).to_json()


def test_gaps_are_left_out():
    table = bands().assign(low=np.nan, high=np.nan)
    table.loc[2, "mean"] = np.nan
    figure = figures.story_curves(table, LOOKS).figure
    assert len(figure["data"][1].x) == 4 and len(figure["data"][0].x) == 0
