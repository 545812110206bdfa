import json
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert, update

from al_core.comparing import METRICS, Comparison, Goal, Prices
from al_core.comparing.pool import MOST_TEXTS, pool_points
from al_core.config import Component
from al_core.corpus.base import Corpus
from al_core.corpus.split import Split
from al_core.errors import BadInput
from al_core.evaluation.comparison import band
from al_core.evaluation.metrics import Bin, Metrics
from al_core.presets import PRESETS
from al_core.store import open_store, runs
from al_core.store.schema import queries, rounds
from al_core.store.schema import runs as runs_table

BASE = PRESETS["demo"].config
TEXTS = tuple(f"text {'long ' * (row % 4)}number {row}" for row in range(400))
CORPUS = Corpus("c", "<b>Hostile</b> & *bold*", TEXTS, np.arange(400, dtype=np.int32) % 2, ("no", "yes"))


@pytest.fixture
def store(home):
    opened = open_store()
    yield opened
    opened.close()


def measured(accuracy, fn_share=0.5, n=600):
    wrong = round(n * (1 - accuracy))
    fn = round(wrong * fn_share)
    fp, half = wrong - fn, n // 2
    bins = (Bin(n, 0.9, accuracy),)
    return Metrics(n, 1 - wrong / n, 0.4, fn, fp, ((half - fp, fp), (fn, half - fn)), 0.1, bins)


@pytest.fixture
def add(store):
    """Return a maker of runs: accuracies by round (-1: the baseline), rows asked for in each."""

    def make(
        strategy="random",
        seed=0,
        scores=(0.6, 0.7),
        baseline=None,
        corpus="c",
        asked=(),
        state="finished",
        **more,
    ):
        config = BASE.model_copy(
            update={"seed": seed, "strategy": Component(name=strategy), "name": "<i>*x*</i>", **more}
        )
        run_id = runs.create_run(store, config, corpus)
        lines = [(-1, 2000, baseline)] if baseline else []
        lines += [(number, 100 * (number + 1), score) for number, score in enumerate(scores)]
        with store.write() as connection:
            for number, labels, score in lines:
                metrics = json.loads(
                    json.dumps((score if isinstance(score, Metrics) else measured(score)).to_dict())
                )
                connection.execute(
                    insert(rounds).values(
                        run_id=run_id,
                        number=number,
                        labels=labels,
                        validation=metrics,
                        test=metrics,
                        queried_per_class=[30, 10] if number > 0 else [0, 0],
                        verdicts=[],
                        seconds={"fit": 2.0, "score": 1.0, "select": 0.5},
                        ended="",
                        created_at=datetime.now(UTC),
                        cost=0.0,
                    )
                )
            for place, rows in enumerate(asked, start=1):
                for rank, row in enumerate(rows):
                    values = {"run_id": run_id, "round": place, "rank": rank, "row": row, "label": row % 2}
                    connection.execute(insert(queries).values(**values))
            done = {"state": state, "rounds_done": len(scores) - 1, "labels": 100 * len(scores)}
            connection.execute(update(runs_table).where(runs_table.c.id == run_id).values(**done))
        return run_id

    return make


@pytest.fixture
def compare(store):
    def of(*ids):
        copies = np.arange(len(TEXTS), dtype=np.int64)
        return Comparison(store, ids, lambda _: CORPUS, lambda _: copies, lambda run: f"<{run.corpus_key}>")

    return of


def test_runs_that_differ_by_seed_or_by_who_fits_the_baseline_are_one_group_random_first(add, compare):
    plain = BASE.cycle.model_copy(update={"baseline": False})
    found = compare(
        add("margin", 1, cycle=plain),
        add("margin", 0),
        add(seed=1),
        add(seed=0, baseline=0.9),
        add("entropy"),
    )
    assert [(g.title, len(g.runs), g.control) for g in found.groups] == [
        ("Random", 2, None),
        ("Margin", 2, "Random"),
        ("Entropy", 1, "Random"),
    ]
    assert [run.config["seed"] for run in found.groups[1].runs] == [0, 1]
    assert not found.left_out


def test_what_differs_among_groups_is_in_their_title(add, compare):
    model = {"classifier": Component(name="logistic")}
    found = compare(add(), add(corpus="d"), add(corpus="d", **model))
    assert [g.title.rpartition(", ")[2] for g in found.groups] == ["<c>", "<d>", "<d>"]
    assert len({g.title for g in found.groups}) == 3
    assert all(g.control is None for g in found.groups)
    more = BASE.cycle.model_copy(update={"batch_size": 7})
    found = compare(add(), add(cycle=more), add("margin", cycle=more))
    assert found.groups[1].title == "Random, batch size 7"
    assert found.groups[2].control == "Random, batch size 7"


def test_random_of_another_corpus_is_no_control(add, compare):
    found = compare(add(corpus="c"), add("margin", corpus="d"))
    assert [g.control for g in found.groups] == [None, None]
    assert found.verdicts("accuracy", found.curves()) == {}
    assert found.differences(found.curves()).empty


def test_a_wrapped_random_is_no_control(add, compare):
    wrapped = add("random", wrappers=(Component(name="diverse"),))
    found = compare(wrapped, add("margin"))
    assert all(g.control is None for g in found.groups)


def test_a_repeated_run_counts_once_with_its_most_rounds(add, compare):
    short, long = add(scores=(0.5,)), add(scores=(0.5, 0.6, 0.7))
    found = compare(short, long, add("margin"))
    assert [run.id for run in found.left_out] == [short]
    assert [run.id for run in found.groups[0].runs] == [long]
    assert len(found.curves()) == 2


def test_an_unknown_run_gets_one_sentence(add, compare):
    with pytest.raises(BadInput, match="no run nope"):
        compare(add(), "nope")


def test_running_runs_count_as_far_as_they_are_and_queued_ones_not_at_all(add, compare):
    found = compare(
        add(scores=(0.6, 0.7, 0.8)), add(seed=1, scores=(0.6, 0.7), state="running"), add("margin", scores=())
    )
    assert found.live
    table = band(found.curves())
    assert table["n"].tolist() == [2, 2, 1]
    assert found.summary()["group"].tolist() == ["Random"]
    assert not compare(add(seed=5), add(seed=6)).live


def test_nothing_done_is_no_error(add, compare):
    found = compare(add(scores=()), add("margin", scores=()))
    for metric in METRICS:
        curves = found.curves(metric)
        assert curves == []
        assert all(told.outcome is None for told, _ in found.verdicts(metric, curves).values())
    assert found.summary().empty and found.reached(Goal(0.9, True)) == {}
    assert found.confusions() == {} and found.lengths().empty
    assert found.class_mix(lambda _: ["no", "yes"]).empty
    assert found.overlap()["overlap"].isna().all()
    assert found.table().empty


def test_metrics_are_those_of_the_measurements(add, compare):
    metrics = measured(0.7, fn_share=0.75)
    found = compare(add(scores=(metrics,)), add("margin", scores=(metrics,)))
    expected = {
        "accuracy": metrics.accuracy,
        "f1": metrics.f1,
        "fn_rate": metrics.fn_rate,
        "fp_rate": metrics.fp_rate,
        "balance": metrics.fn / (metrics.fn + metrics.fp),
        "loss": metrics.loss,
        "ece": metrics.ece,
        "cost": 1000 * (5 * metrics.fn + 2 * metrics.fp) / metrics.n,
    }
    assert set(expected) == set(found.metrics)
    for name, value in expected.items():
        assert found.curves(name, Prices(5, 2))[0].scores == pytest.approx([value]), name


def test_three_classes_have_f1_but_no_balance(add, compare):
    confusion = ((80, 10, 10), (5, 90, 5), (20, 20, 60))
    metrics = Metrics(300, 230 / 300, 0.5, 70, 70, confusion)
    found = compare(add(scores=(metrics,)), add("margin", scores=(metrics,)))
    assert not found.two and {"balance", "cost"}.isdisjoint(found.metrics)
    assert found.curves("f1")[0].scores == pytest.approx([metrics.f1])
    assert found.scores("balance", Prices())["score"].isna().all()


def test_one_class_only_leaves_gaps(add, compare):
    metrics = Metrics(100, 1.0, 0.1, 0, 0, ((100, 0), (0, 0)))
    found = compare(add(scores=(metrics,)), add("margin", scores=(metrics,)))
    assert len(found.curves("balance")[0].labels) == 0
    assert found.curves("f1")[0].scores.tolist() == [0.0]
    assert found.floors() == {found.groups[0].task: 1.0}


def test_the_baseline_counts_once_for_each_seed(add, compare):
    found = compare(add(baseline=0.9), add("margin", baseline=0.9), add(seed=1, baseline=0.8))
    assert list(found.baselines().values()) == pytest.approx([0.85])
    assert list(found.baseline_names().values()) == ["All labels"]
    assert all(curve.labels.max() < 2000 for curve in found.curves())


def test_targets_and_savings(add, compare):
    ids = [add(seed=s, scores=(0.5, 0.6, 0.7, 0.8), baseline=0.9) for s in range(3)]
    ids += [add("margin", s, scores=(0.5, 0.8, 0.8, 0.8)) for s in range(3)]
    found = compare(*ids)
    (value,) = found.targets(Goal(0.75, share=True)).values()
    assert value == pytest.approx(0.5 + 0.75 * 0.4)
    reached = found.reached(Goal(0.8, share=False))
    assert reached["Random"].median == 400 and reached["Random"].saved is None
    assert reached["Margin"].median == 200
    assert reached["Margin"].saved.mean.mean == pytest.approx(0.5)
    summary = found.summary().set_index("group")
    assert summary.loc["Random", "area"] == pytest.approx(0.65, abs=1e-3)
    assert summary.loc["Random", "fit"] == pytest.approx(8.0)  # four rounds of 2 s, the baseline's not
    assert summary.loc["Margin", "best"] == pytest.approx(0.8)
    no_bar = compare(add(seed=8), add(seed=9))
    assert no_bar.targets(Goal(0.9, share=True)) == {}


@pytest.mark.parametrize("metric", ["accuracy", "loss", "cost", "fn_rate"])
def test_verdicts_know_which_way_is_better(add, compare, metric):
    noise = [0.001, 0.002, -0.001, 0.0, 0.003, -0.002, 0.0015]
    low, high = [], []
    for seed, off in enumerate(noise):
        worse, better = measured(0.6 + off), measured(0.8 - off)
        low.append(add(seed=seed, scores=(worse, worse)))
        better = Metrics(600, better.accuracy, 0.2 + off, better.fn, better.fp, better.confusion)
        high.append(add("margin", seed, scores=(better, better)))
    found = compare(*low, *high)
    verdict, sentence = found.verdicts(metric, found.curves(metric))["Margin"]
    assert verdict.outcome == "better"
    assert sentence.startswith("Margin is better than Random between 100 and 200 labels")
    assert ("points" in sentence) == (METRICS[metric].kind == "share")


def test_one_seed_says_so_and_balance_has_no_verdict(add, compare):
    found = compare(add(), add("margin"))
    for metric in ("accuracy", "loss"):
        verdict, sentence = found.verdicts(metric, found.curves(metric))["Margin"]
        assert verdict.outcome is None and "on 1 seed," in sentence
    assert found.verdicts("balance", found.curves("balance")) == {}


def test_confusions_are_means_of_the_last_round(add, compare):
    found = compare(add(scores=(0.5, 0.7)), add(seed=1, scores=(0.5, 0.9)))
    assert found.confusions()["Random"].tolist() == [[240, 60], [60, 240]]


def test_what_was_asked(add, compare):
    found = compare(
        add(asked=([0, 1, 2, 3],)),
        add(seed=1, asked=([8, 9],)),
        add("margin", asked=([2, 3, 4, 5],)),
        add("entropy", seed=1, asked=([8, 9],)),
        add("entropy", seed=2, asked=([8, 9],)),
    )
    shares = found.overlap().set_index(["one", "other"])["overlap"]
    assert shares["Random", "Margin"] == pytest.approx(2 / 6)
    assert shares["Random", "Entropy"] == 1.0  # of seed 1 alone
    assert math.isnan(shares["Margin", "Entropy"])
    lengths = found.lengths().set_index(["group", "round"])["words"]
    # Rows 0 to 3 have 3, 4, 5 and 6 words, rows 8 and 9 have 3 and 4.
    assert lengths["Random", 1] == pytest.approx((3 + 4 + 5 + 6 + 3 + 4) / 6)
    mix = found.class_mix(lambda _: ["no", "yes"]).set_index(["group", "class"])
    assert mix.loc[("Random", "no"), "count"] == 60 and mix.loc[("Random", "no"), "share"] == 0.75


def test_the_table_to_take_away_is_flat(add, compare):
    table = compare(add(baseline=0.9), add("margin")).table()
    assert len(table) == 5 and {"group", "seed", "run", "test_f1"} <= set(table)
    assert not any(isinstance(value, list) for value in table.iloc[0])


def split(pool):
    none = np.empty(0, np.int64)
    return Split(none, none, none, np.asarray(pool, np.int64), none, 0)


def test_the_map_holds_what_was_asked_and_a_sample_of_the_rest():
    texts = tuple(f"word{row % 50} word{row % 7} common" for row in range(5000))
    corpus = Corpus("c", "c", texts, np.zeros(5000, np.int32), ("a", "b"))
    queried = pd.DataFrame({"round": [1, 1, 2], "row": [4000, 4001, 4999]})
    points = pool_points(corpus, split(range(1000, 5000)), queried, 0)
    assert len(points) == MOST_TEXTS and points["row"].is_unique
    assert points["row"].min() >= 1000
    assert points.set_index("row")["round"].dropna().to_dict() == {4000: 1, 4001: 1, 4999: 2}
    assert np.isfinite(points[["x", "y"]].to_numpy()).all() and points["x"].std() > 0
    pd.testing.assert_frame_equal(points, pool_points(corpus, split(range(1000, 5000)), queried, 0))


@pytest.mark.parametrize("texts", [(), ("",), ("!", "?", "."), ("one word",), ("same",) * 60])
def test_a_map_of_next_to_nothing_is_flat(texts):
    corpus = Corpus("c", "c", texts, np.zeros(len(texts), np.int32), ("a", "b"))
    none = pd.DataFrame({"round": [], "row": []})
    points = pool_points(corpus, split(range(len(texts))), none, 0)
    assert len(points) == len(texts) and (points[["x", "y"]] == 0).all(axis=None)
