import io
import json
import time
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert, update

from al_core import reporting
from al_core.comparing import METRICS, Comparison, Goal
from al_core.config import Component, RunConfig
from al_core.corpus.base import Corpus
from al_core.evaluation.metrics import Metrics
from al_core.offline import Page, table
from al_core.presets import PRESETS
from al_core.store import open_store, runs
from al_core.store.records import CorpusRecord
from al_core.store.schema import rounds
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
        "It holds for the texts at hand", "Target: an accuracy of 86.0%", "not reached (0 of 6 seeds)",
        "python -m al_core sweep sweep.json", "--set seed=0", "0, 1, 2, 3, 4, 5",
    ):  # fmt: skip
        assert each in words, each
    assert "One seed gives no verdict" not in words
    titles = [each["figure"]["layout"]["title"]["text"] for each in reader.figures()]
    assert titles == [
        "Accuracy by labels", "Accuracy: difference to random", "The two kinds of error, group by group",
        "Time of a run",
    ]  # fmt: skip
    said = {attrs.get("id") for attrs in reader.named("figcaption")}
    labels = {attrs["aria-labelledby"] for _, attrs in reader.tags if attrs.get("role") == "img"}
    assert said == labels and len(said) == 4
    assert page.count("plotly.js v") <= 2 and len(page) < 6_000_000


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
    assert "With more than two classes" in reader.words() and len(reader.figures()) == 3


def test_the_zip_holds_what_it_says(six):
    goal = Goal(0.7, False)
    packed = reporting.bundle(six, subject(), goal=goal, made_at=NOW)
    archive = zipfile.ZipFile(io.BytesIO(packed))
    configs = ["configs/sweep.json", "configs/01-random.json", "configs/02-margin.json"]
    assert archive.namelist() == ["report.html", "rounds.csv", "rounds.parquet", "table.csv", *configs]
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


def test_cells_of_a_table_are_words():
    page = Page(EVIL)
    page.add(table((EVIL, "n"), [(EVIL, "1")], 1, EVIL))
    reader = Reader(page.html())
    assert not reader.named("img") and not reader.named("script")
    assert "script-src 'none'" in reader.named("meta")[1]["content"]
    assert [attrs.get("class") for attrs in reader.named("td")] == ["number"]
