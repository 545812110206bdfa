import base64
import dataclasses
import io
import json
import re
import time
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser

import game
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert, update

from al_core import figures, reporting
from al_core.comparing import METRICS, Comparison, Goal
from al_core.config import Component, RunConfig
from al_core.corpus.base import Corpus
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import make_split
from al_core.errors import Unavailable
from al_core.evaluation.metrics import Metrics
from al_core.offline import Page, table
from al_core.presets import PRESETS
from al_core.reporting.maps import round_map
from al_core.store import open_store, runs
from al_core.store.records import CorpusRecord
from al_core.store.schema import queries, rounds
from al_core.store.schema import runs as runs_table
from al_core.store.sweeps import SweepRecord

EVIL = '</script><script>alert(1)</script><img src="http://evil.test/x.png" onerror=alert(2)>\u202e&amp;'
NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """Reads a page strictly: every tag is closed in its turn."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.data = [], [], {}
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.data.setdefault(self.open[-1], []).append(data)

    def words(self):
        hidden = ("script", "style")
        return " ".join(each for tag, data in self.data.items() if tag not in hidden for each in data)

    def named(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    def figures(self):
        found = [each for each in self.data.get("script", []) if each.startswith('[{"id"')]
        return json.loads(found[0]) if found else []


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def add(store):
    def make(strategy="random", seed=0, scores=(0.6, 0.7), classes=2, baseline=None, corpus="c"):
        config = PRESETS["demo"].config.model_copy(
            update={"seed": seed, "strategy": Component(name=strategy), "name": EVIL}
        )
        run_id = runs.create_run(store, config, corpus)
        lines = [(-1, 2000, baseline)] if baseline else []
        lines += [(number, 100 * (number + 1), score) for number, score in enumerate(scores)]
        with store.write() as connection:
            for number, labels, score in lines:
                wrong = round(300 * (1 - score))
                matrix = np.full((classes, classes), wrong // (classes * (classes - 1)))
                np.fill_diagonal(matrix, (300 - wrong) // classes)
                measured = Metrics(
                    300, score, 0.4, wrong // 2, wrong // 2, tuple(map(tuple, matrix.tolist()))
                )
                told = json.loads(json.dumps(measured.to_dict()))
                line = {
                    "run_id": run_id, "number": number, "labels": labels, "validation": told, "test": told,
                    "queried_per_class": [0] * classes, "verdicts": [], "ended": "", "cost": 0.0,
                    "seconds": {"fit": 2.0, "score": 1.0, "select": 0.5}, "created_at": NOW,
                }  # fmt: skip
                connection.execute(insert(rounds).values(**line))
            done = {"state": "finished", "rounds_done": max(0, len(scores) - 1), "labels": 100 * len(scores)}
            connection.execute(update(runs_table).where(runs_table.c.id == run_id).values(**done))
        return run_id

    return make


@pytest.fixture
def compare(store):
    corpus = Corpus("c", "c", ("a", "b"), np.zeros(2, np.int32), ("no", "yes"))
    copies = np.arange(2, dtype=np.int64)

    def of(*ids):
        return Comparison(
            store, ids, lambda _: corpus, lambda _: copies, lambda run: f"{EVIL}{run.corpus_key}"
        )

    return of


@pytest.fixture
def six(add, compare):
    ids = [add(seed=seed, scores=(0.5, 0.6 + seed / 500), baseline=0.9) for seed in range(6)]
    ids += [add("margin", seed, scores=(0.5, 0.8 - seed / 900)) for seed in range(6)]
    return compare(*ids)


def record(key="c", **more):
    fields = {
        "key": key, "component": {"name": "demo", "params": {}}, "title": f"Title {EVIL}", "state": "ready",
        "message": "", "progress": None, "rows": 4000, "labelled": 4000, "classes": [f"no {EVIL}", "yes"],
        "class_counts": [2000, 2000], "synthetic": True, "note": f"Note {EVIL}", "host": None, "pid": None,
        "pid_created": None, "heartbeat_at": None, "created_at": NOW, "archived_at": None,
    }  # fmt: skip
    return CorpusRecord(**fields | more)


def subject(**more):
    sweep = SweepRecord("s", f"Sweep {EVIL}", {"name": EVIL}, "running", f"Said {EVIL}", NOW, None)
    return reporting.Subject(**{"corpora": {"c": record()}, "sweep": sweep} | more)


def check_alone(reader):
    """Nothing is asked of anybody, nothing runs but what the page brings, no name became markup."""
    assert not reader.named("img") and not reader.named("link") and not reader.named("iframe")
    for _, attrs in reader.tags:
        assert {"src", "href", "srcset", "data", "action", "poster"}.isdisjoint(attrs)
        assert not any(name.startswith("on") for name in attrs)
    scripts = reader.named("script")
    assert len(scripts) in (0, 3) and [each.get("type") for each in scripts[1:]] == [None] * len(scripts[1:])
    style = "".join(reader.data["style"])
    assert "url(" not in style and "@import" not in style
    policy = reader.named("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; script-src '") and "http" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


def test_a_report_says_what_a_reader_needs_and_asks_nobody(six):
    begun = time.process_time()
    page = reporting.html(six, subject(), made_at=NOW)
    assert time.process_time() - begun < 10
    reader = Reader(page)
    check_alone(reader)
    words = reader.words()
    for each in (
        "04 Mar 2026, 05:06 UTC", "report by version", "12 runs in 2 groups", "measured on test",
        "These texts are synthetic", "Synthetic: generated by seeded code", "4,000 texts",
        "Margin is better than Random between 100 and 200 labels", "Exact sign-flip test",
        "It holds for the texts at hand", "Target: accuracy of at least 86.0%.", "not reached (0 of 6 seeds)",
        "python -m al_core sweep sweep.json", "--set seed=0", "0, 1, 2, 3, 4, 5",
    ):  # fmt: skip
        assert each in words, each
    assert "One seed gives no verdict" not in words
    titles = [each["figure"]["layout"]["title"]["text"] for each in reader.figures()]
    assert titles == [
        "Accuracy by labels", "Accuracy: difference to random", "The two kinds of error, group by group",
        "Random", "Margin", "Time of a run",
    ]  # fmt: skip
    said = {attrs.get("id") for attrs in reader.named("figcaption")}
    labels = {attrs["aria-labelledby"] for _, attrs in reader.tags if attrs.get("role") == "group"}
    assert said == labels and len(said) == 6
    files = [attrs["data-file"] for attrs in reader.named("div") if "data-file" in attrs]
    assert len(set(files)) == 6 and files[0].endswith("-learning-curves") and files[-1].endswith("-time")
    assert all(re.fullmatch(r"[a-z0-9-]+", each) for each in files)
    assert 'save("PNG", "png", 2), save("SVG", "svg", 1)' in page
    assert page.count("plotly.js v") <= 2 and len(page) < 6_000_000


def test_a_group_that_steers_on_test_is_marked(add, compare):
    page = reporting.html(compare(add(), add("ratio_published")), subject())
    assert "FN/FP ratio, as published: Steers on the test split" in Reader(page).words()
    assert "Steers on the test split" not in reporting.html(compare(add(), add("margin")), subject())


def test_names_are_words_wherever_they_stand(add, compare):
    found = compare(add(), add("margin", corpus="d"))  # so that titles of corpora are in those of groups
    page = reporting.html(found, subject(corpora={"c": record(), "d": record("d")}))
    reader = Reader(page)
    check_alone(reader)
    assert reader.words().count("<script>alert(1)</script>") > 5
    assert "\u202e" not in page and "<img" not in page and "<script>alert" not in page
    assert f"Sweep {EVIL[:8]}" in "".join(reader.data["title"])


def test_one_seed_gets_no_verdict_and_no_bar_no_target(add, compare):
    words = Reader(reporting.html(compare(add(), add("margin")), reporting.Subject())).words()
    assert "No verdict on Margin and Random" in words and "One seed gives no verdict" in words
    assert "No target" in words and "Nothing more is known of it here" in words
    assert "Comparison of single runs" in words and "Save the settings of a group" in words


@pytest.mark.parametrize("scores", [(), (0.6,)])
def test_next_to_nothing_is_no_error(add, compare, scores):
    found = compare(add(scores=scores), add("margin", scores=scores))
    for metric in METRICS:
        check_alone(Reader(reporting.html(found, subject(), metric)))
    words = Reader(reporting.html(found, subject())).words()
    assert ("Appears after the first fit" in words) == (not scores)
    assert zipfile.ZipFile(io.BytesIO(reporting.bundle(found, subject()))).testzip() is None


def test_no_run_at_all_is_a_report_that_says_so(compare):
    reader = Reader(reporting.html(compare(), subject(corpora={})))
    check_alone(reader)
    assert "there is nothing to compare yet" in reader.words()
    assert zipfile.ZipFile(io.BytesIO(reporting.bundle(compare(), subject()))).testzip() is None


def test_without_random_or_side_it_says_why_there_is_no_verdict(add, compare):
    found = compare(add("margin"), add("entropy"))
    assert "No run asks at random" in Reader(reporting.html(found, subject())).words()
    words = Reader(reporting.html(found, subject(), "balance")).words()
    assert "Neither more nor less of this is better" in words


def test_more_than_two_classes_have_no_two_kinds_of_error(add, compare):
    reader = Reader(reporting.html(compare(add(classes=3), add("margin", classes=3)), subject()))
    assert "With more than two classes" in reader.words() and len(reader.figures()) == 5


def test_the_zip_holds_what_it_says(six):
    goal = Goal(0.7, False)
    packed = reporting.bundle(six, subject(), goal=goal, made_at=NOW)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    configs = ["configs/sweep.json", "configs/01-random.json", "configs/02-margin.json"]
    charts = ("learning-curves", "differences", "errors", "confusion-random", "confusion-margin", "time")
    told = ["contents.txt", "report.html", "rounds.csv", "rounds.parquet", "table.csv"]
    long = ("runs", "queries", "epochs", "confusions", "reliability", "stopping", "verdicts")
    tables = [f"{name}.{kind}" for name in long for kind in ("csv", "parquet")]
    assert archive.namelist() == [*told, *(f"charts/{each}.csv" for each in charts), *configs, *tables]
    drawn = pd.read_csv(io.BytesIO(archive.read("charts/learning-curves.csv")))
    ends = [(row["group"], round(row["mean"], 3)) for row in drawn.to_dict("records") if row["labels"] == 200]
    assert sorted(ends) == [("Margin", 0.797), ("Random", 0.605)]
    page = reporting.html(six, subject(), goal=goal, made_at=NOW)
    assert archive.read("report.html").decode() == page
    csv = pd.read_csv(io.BytesIO(archive.read("rounds.csv")))
    parquet = pd.read_parquet(io.BytesIO(archive.read("rounds.parquet")))
    assert len(csv) == len(parquet) == 6 * 3 + 6 * 2 and list(csv) == list(parquet)
    pd.testing.assert_frame_equal(parquet, six.table())
    lines = pd.read_csv(io.BytesIO(archive.read("table.csv"))).set_index("group")
    assert lines.loc["Margin", "reached"] == "200 (6 of 6 seeds)" and lines.loc["Margin", "target"] == 0.7
    assert lines.loc["Margin", "verdict"].startswith("Margin is better")
    for name, group in zip(configs[1:], six.groups, strict=True):
        config = RunConfig.model_validate(json.loads(archive.read(name)))
        assert config == group.runs[0].run_config()


@pytest.fixture
def asked(store, add):
    """Three groups that asked about ten texts in each of two rounds, on 1,200 texts that are here."""
    on = game.corpus(1200, key="c")
    on = dataclasses.replace(on, texts=[f"{each} {EVIL}" for each in on.texts])
    split = make_split(on.labels, duplicate_groups(on.texts), PRESETS["demo"].config.split, 0, on.classes)
    ids = [add(name, scores=(0.6, 0.7, 0.8)) for name in ("random", "margin", "entropy")]
    with store.write() as connection:
        for place, run_id in enumerate(ids):
            for number in (1, 2):
                rows = split.pool[5 * place + 10 * number :][:10].tolist()
                lines = [
                    {"run_id": run_id, "round": number, "rank": rank, "row": row, "label": 1}
                    for rank, row in enumerate(rows)
                ]
                connection.execute(insert(queries), lines)
            counts = update(rounds).where(rounds.c.run_id == run_id).values(queried_per_class=[3, 7])
            connection.execute(counts)
    copies = duplicate_groups(on.texts)
    found = Comparison(store, ids, lambda _: on, lambda _: copies, lambda run: run.corpus_key)
    return found, on, split


def test_a_report_shows_what_was_asked_for_and_where_it_lies_in_the_pool(asked):
    found, on, split = asked
    page = reporting.html(found, subject(texts=lambda key: on))
    reader = Reader(page)
    check_alone(reader)
    drawn = {each["figure"]["layout"]["title"]["text"]: each["figure"] for each in reader.figures()}
    assert {"Classes asked for", "Length of the texts asked for", "Overlap of what was asked for"} <= set(
        drawn
    )
    maps = [each["figure"] for each in reader.figures() if "map-" in each["figure"]["layout"]["uirevision"]]
    assert [each["layout"]["title"]["text"] for each in maps] == ["Random", "Margin", "Entropy"]
    places = []
    for each in maps:
        rest, mine = each["data"]
        assert set(mine["customdata"]) == {"Round 1", "Round 2"} and len(mine["customdata"]) == 20
        places.append(set(zip(decoded(mine["x"]), decoded(mine["y"]), strict=True)))
        assert 10 < len(decoded(rest["x"])) <= len(split.pool) / 3
    # Neighbours in the order asked about half the same texts, which stand in the same places.
    assert len(places[0] & places[1]) >= 10 and places[0] != places[1]
    assert page.count("alert(1)") == reporting.html(found, subject()).count("alert(1)"), "a text got out"


def test_a_corpus_that_is_gone_leaves_a_sentence(asked):
    def gone(key):
        raise Unavailable("The corpus is *gone*.")

    found, _, _ = asked
    found._corpus = found.asked._corpus = gone
    words = Reader(reporting.html(found, subject(texts=gone))).words()
    assert "No lengths: The corpus is *gone*." in words and "No map: The corpus is *gone*." in words


def test_a_map_of_many_and_of_none():
    points = pd.DataFrame({"row": [4, 5, 6], "x": [0.0, 1.0, 2.0], "y": [0.0, 0.0, 0.0]})
    chart = round_map(points, {5: 3, 99: 1}, EVIL)
    assert "2 were asked about, in rounds 1 to 3; 1 are drawn" in chart.alt, "of all, drawn or not"
    assert list(chart.data["round"].dropna()) == [3.0]
    chart = round_map(points, {5: 3}, EVIL)
    assert "1 were asked about, in rounds 3 to 3." in chart.alt
    assert not chart.figure.to_dict()["data"][1]["marker"]["showscale"]
    assert "0 were asked about" in round_map(points, {}, "x").alt


def test_two_charts_of_one_name_are_two_files():
    page, chart = Page("A/B: ../c"), figures.group_seconds(pd.DataFrame(), [])
    page.charts({"x/../y": chart, "X y": chart, "": chart})
    assert list(page.drawn) == ["x-y", "x-y-2", "chart"]
    names = [attrs["data-file"] for attrs in Reader(page.html()).named("div") if "data-file" in attrs]
    assert names == ["a-b-c-x-y", "a-b-c-x-y-2", "a-b-c-chart"]


def decoded(values):
    """Return the numbers of a Plotly array, which is written as bytes where it is long."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), np.dtype(values["dtype"])).tolist()
    return values


def test_cells_of_a_table_are_words():
    page = Page(EVIL)
    page.add(table((EVIL, "n"), [(EVIL, "1")], 1, EVIL))
    reader = Reader(page.html())
    assert not reader.named("img") and not reader.named("script")
    assert "script-src 'none'" in reader.named("meta")[1]["content"]
    assert [attrs.get("class") for attrs in reader.named("td")] == ["number"]


def test_the_sentence_on_labels_and_the_figures_behind_are_in_a_report(add, compare):
    ids = [add(seed=seed, scores=(0.5, 0.6, 0.7 if seed else 0.65)) for seed in range(6)]
    ids += [add("margin", seed, scores=(0.5, 0.8 - seed / 900, 0.8)) for seed in range(6)]
    page = reporting.html(compare(*ids), subject(), goal=Goal(0.7, False), made_at=NOW)
    reader = Reader(page)
    check_alone(reader)
    words = reader.words()
    assert "Margin needs 200 labels for 0.7, Random at least 300; 6 of 6 seeds agree." in words
    assert sum("The figures behind" in each for each in reader.data["summary"]) == 2
    for each in ("Corrected p", "Effect size", "Sign flips", "0.031", "6 of 6", "100 to 300"):
        assert each in words, each
    assert "Any two that ask" not in words
    assert "Validation labels come on top: 300 a run." in words
    assert "and 300 validation labels" in page


def test_a_report_on_a_metric_without_a_way_says_so_and_counts_labels_to_a_value(six):
    words = Reader(reporting.html(six, subject(), "fn_rate")).words()
    assert "No target: false negative rate has no share of the way to go" in words
    words = Reader(reporting.html(six, subject(), "fn_rate", goal=Goal(0.25, False))).words()
    assert "Target: false negative rate of at most 25.0%." in words and "200 (6 of 6 seeds)" in words
    words = Reader(reporting.html(six, subject(), "balance", goal=None)).words()
    assert "there is no target to reach" in words


def test_two_that_ask_are_compared_in_a_report(add, compare):
    ids = [add(name, s) for name in ("random", "margin", "entropy") for s in range(2)]
    words = Reader(reporting.html(compare(*ids), subject())).words()
    assert "Any two that ask, against each other" in words
