"""Everything of a comparison as files: what is stored comes out, in CSV as in Parquet."""

from __future__ import annotations

import io
import json
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert, update

from al_core import reporting
from al_core.classifiers.base import Epoch
from al_core.comparing import Comparison, Goal, Prices
from al_core.config import Component, RunConfig
from al_core.corpus.base import Corpus
from al_core.evaluation.metrics import Bin, Metrics
from al_core.loop import Asked, Round
from al_core.oracles import ABSTAINED
from al_core.presets import PRESETS
from al_core.reporting import packing, rows
from al_core.reporting.tables import tables
from al_core.stopping import Verdict
from al_core.store import history, open_store, runs, streams
from al_core.store.records import CorpusRecord
from al_core.store.schema import now, queries, rounds
from al_core.store.schema import runs as runs_table

FORMULA = "=1+1"
CLASSES = [FORMULA, "yes"]
TEXTS = tuple(f"text number{row}" for row in range(1_300))
ON = Corpus("c", "c", TEXTS, np.arange(1_300, dtype=np.int32) % 2, tuple(CLASSES))


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


def measured(accuracy):
    wrong = round(300 * (1 - accuracy))
    matrix = ((150, 0), (wrong, 150 - wrong))
    return Metrics(300, accuracy, 0.4, wrong, 0, matrix, 0.1, (Bin(300, 0.9, accuracy),))


@pytest.fixture
def add(store):
    """Return a maker of runs with an initial fit and one round for each score after it."""

    def make(strategy="random", seed=0, scores=(0.6, 0.7)):
        config = PRESETS["demo"].config.model_copy(
            update={"seed": seed, "strategy": Component(name=strategy), "name": FORMULA}
        )
        run_id = runs.create_run(store, config, "c")
        for number, score in enumerate(scores):
            asked = Asked.nothing()
            if number:
                answers = np.array([0, 1, ABSTAINED], np.int32)
                scores_of = np.array([0.5, np.nan, 0.25])
                asked = Asked(np.arange(3) + 10 * number, answers, scores_of, np.array([1, 1, 0], np.int32))
            said = (Verdict("plateau", False, None, 0.1, "not yet"),)
            metrics, epochs = (
                measured(score),
                (Epoch(1, 0.6, 0.7, 0.7, 0.6, 0.5), Epoch(2, 0.5, 0.8, 0.7, 0.6, 0.5)),
            )
            seconds = {"fit": 1.0, "score": 0.1, "select": 0.1}
            done = Round(number, 100 * (number + 1), asked, metrics, metrics, epochs, seconds, said)
            history.commit_round(store, run_id, done)
        with store.write() as connection:
            connection.execute(update(runs_table).where(runs_table.c.id == run_id).values(state="finished"))
        return run_id

    return make


@pytest.fixture
def compare(store):
    def of(*ids):
        copies = np.arange(len(TEXTS), dtype=np.int64)
        return Comparison(store, ids, lambda _: ON, lambda _: copies, lambda run: run.corpus_key)

    return of


def subject():
    record = CorpusRecord(
        "c", {"name": "demo", "params": {}}, "c", "ready", "", None, 2, 2, CLASSES, [1, 1], False, "",
        None, None, None, None, now(), None,
    )  # fmt: skip
    return reporting.Subject(corpora={"c": record})


def unpacked(found, **more):
    archive = zipfile.ZipFile(io.BytesIO(reporting.bundle(found, subject(), **more)))
    csv = {
        name: pd.read_csv(io.BytesIO(archive.read(name)), keep_default_na=False, na_values=[""])
        for name in archive.namelist()
        if name.endswith(".csv") and "/" not in name
    }
    parquet = {
        name: pd.read_parquet(io.BytesIO(archive.read(name)))
        for name in archive.namelist()
        if name.endswith(".parquet")
    }
    return archive, csv, parquet


def test_what_is_stored_comes_out(add, compare, store):
    one, two = add(), add("margin")
    runs.tag(store, one, ["paper", "new"])
    runs.write_note(store, one, "@note")
    _, _, found = unpacked(compare(one, two))
    lines = found["runs.parquet"].set_index("run")
    assert list(lines.index) == [one, two] and lines["seed"].tolist() == [0, 0]
    assert lines.loc[one, ["name", "group", "state", "tags", "note"]].tolist() == [
        FORMULA, "Random", "finished", "new, paper", "@note",
    ]  # fmt: skip
    assert lines.loc[one, "version"] == runs.run(store, one).code_version and lines["compared"].all()
    assert RunConfig.model_validate(json.loads(lines.loc[two, "config"])) == runs.run(store, two).run_config()

    asked = found["queries.parquet"]
    assert list(asked) == ["run", "round", "rank", "row", "answer", "predicted", "score"]
    mine = asked.loc[asked["run"] == one]
    assert mine["row"].tolist() == [10, 11, 12] and mine["round"].tolist() == [1, 1, 1]
    assert mine["answer"].fillna("").tolist() == [FORMULA, "yes", ""], "the oracle abstained from the third"
    assert mine["predicted"].tolist() == ["yes", "yes", FORMULA]
    assert mine["score"].tolist() == pytest.approx([0.5, np.nan, 0.25], nan_ok=True)

    assert len(found["epochs.parquet"]) == 2 * 2 * 2
    assert found["epochs.parquet"].iloc[1][["round", "epoch", "loss"]].tolist() == [0, 2, 0.5]

    cells = found["confusions.parquet"]
    last = cells.loc[(cells["run"] == two) & (cells["round"] == 1) & (cells["measured_on"] == "test")]
    assert last[["truth", "predicted", "count"]].to_numpy().tolist() == [
        [FORMULA, FORMULA, 150],
        ["yes", FORMULA, 90],
        ["yes", "yes", 60],
    ]
    bins = found["reliability.parquet"]
    assert set(bins["measured_on"]) == {"validation", "test"} and bins["n"].unique().tolist() == [300]
    said = found["stopping.parquet"]
    assert said["criterion"].unique().tolist() == ["plateau"] and said["value"].isna().all()
    assert not said["stop"].any() and len(said) == 4


def test_verdicts_are_whole_and_on_every_metric(add, compare):
    ids = [add(seed=seed, scores=(0.5, 0.6 + seed / 500)) for seed in range(6)]
    ids += [add("margin", seed, scores=(0.5, 0.8 - seed / 900)) for seed in range(6)]
    found = compare(*ids)
    goal = Goal(0.7, False)
    _, _, files = unpacked(found, goal=goal)
    told = files["verdicts.parquet"]
    area = told.loc[told["measure"] == "area"].set_index("metric")
    assert {"accuracy", "loss", "fn_rate"} <= set(area.index)
    verdict = found.verdicts("accuracy", found.curves())["Margin"]
    line = area.loc["accuracy"]
    assert line[["group", "against", "outcome"]].tolist() == ["Margin", "Random", "better"]
    numbers = ["difference", "low", "high", "p", "effect", "seeds_that_agree", "from_labels", "to_labels"]
    expected = [verdict.difference, verdict.low, verdict.high, verdict.p, verdict.effect, verdict.agree]
    assert line[numbers].tolist() == pytest.approx([*expected, 100, 200])
    assert line["sentence"] == verdict.sentence and line["seeds"] == 6
    sooner = told.loc[told["measure"] == "labels to target"].iloc[0]
    assert sooner["target"] == 0.7 and sooner["mean"] == 200


def test_a_run_that_repeats_another_is_among_the_runs_alone(add, compare):
    short, long = add(scores=(0.6,)), add(scores=(0.6, 0.7, 0.8))
    _, _, found = unpacked(compare(short, long))
    lines = found["runs.parquet"].set_index("run")
    assert lines["compared"].to_dict() == {short: False, long: True} or len(lines) == 2
    assert lines["group"].isna().sum() == 1
    assert len(set(found["epochs.parquet"]["run"])) == len(set(found["queries.parquet"]["run"])) == 1


def test_csv_and_parquet_agree_and_no_cell_is_a_formula(add, compare):
    _, csv, parquet = unpacked(compare(add(), add("margin")))
    for name, frame in parquet.items():
        other = csv[name.replace(".parquet", ".csv")]
        assert list(other) == list(frame) and len(other) == len(frame), name
    for name, frame in csv.items():
        for column in frame.select_dtypes(["object", "string"]):
            assert not frame[column].dropna().astype(str).str.startswith(("=", "+", "-", "@")).any(), name
    assert "'=1+1" in set(csv["queries.csv"]["answer"]) and FORMULA in set(
        parquet["queries.parquet"]["answer"]
    )
    assert set(csv["runs.csv"]["name"]) == {"'=1+1"}


def test_nothing_asked_and_nothing_done_are_tables_of_a_head(add, compare):
    archive, csv, parquet = unpacked(compare(add(scores=()), add("margin", scores=())))
    assert archive.testzip() is None
    assert csv["queries.csv"].empty and list(csv["queries.csv"]) == list(rows.QUERIES)
    assert parquet["confusions.parquet"].empty and len(parquet["runs.parquet"]) == 2
    _, csv, _ = unpacked(compare())
    assert csv["runs.csv"].empty and list(csv["runs.csv"]) == list(rows.RUNS)


def test_parts_follow_each_other_under_one_head(add, compare, monkeypatch):
    monkeypatch.setattr(streams, "PART", 2)
    monkeypatch.setattr(streams, "AT_ONCE", 1)
    monkeypatch.setattr(rows, "AT_ONCE", 1)
    monkeypatch.setattr(packing, "IN_MEMORY", 10)
    found = compare(*(add(seed=seed) for seed in range(3)))
    _, csv, parquet = unpacked(found)
    assert len(csv["queries.csv"]) == len(parquet["queries.parquet"]) == 9
    assert len(csv["confusions.csv"]) == 3 * 2 * 2 * 3


def test_every_file_is_told_of(add, compare):
    archive, _, _ = unpacked(compare(add(), add("margin")))
    told = archive.read("contents.txt").decode()
    for name in archive.namelist():
        stem = name.split("/")[0].removesuffix(".parquet")
        if name != "contents.txt":
            assert stem in told or stem.removesuffix(".csv") in told, name


@pytest.mark.alone
def test_fifty_runs_of_two_hundred_rounds_stay_quick(store, compare):
    metrics = json.loads(json.dumps(measured(0.7).to_dict()))
    ids = []
    for seed in range(50):
        config = PRESETS["demo"].config.model_copy(
            update={
                "seed": seed // 5,
                "strategy": Component(name=("random", "margin", "entropy", "auto", "badge")[seed % 5]),
            }
        )
        ids.append(runs.create_run(store, config, "c"))
    with store.write() as connection:
        for run_id in ids:
            line = {
                "run_id": run_id, "validation": metrics, "test": metrics, "queried_per_class": [10, 10],
                "verdicts": [], "ended": "", "cost": 0.0, "seconds": {"fit": 1.0}, "created_at": now(),
            }  # fmt: skip
            connection.execute(
                insert(rounds), [line | {"number": n, "labels": 100 + 20 * n} for n in range(200)]
            )
            connection.execute(
                insert(queries),
                [
                    {
                        "run_id": run_id,
                        "round": 1 + n // 20,
                        "rank": n % 20,
                        "row": n,
                        "label": n % 2,
                        "score": 0.5,
                    }
                    for n in range(4_000)
                ],
            )
    found = compare(*ids)
    assert len(found.rounds) == 10_000
    for table in tables(found, subject(), "accuracy", Prices(), None):
        began, packed = time.process_time(), io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            packing.pack(archive, table)
        took = time.process_time() - began
        print(f"{table.name}: {took:.2f} s, {len(packed.getvalue()):,} bytes")
        assert took < 10, table.name
