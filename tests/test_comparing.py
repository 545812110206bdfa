import json
import math
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert, update

from al_core.comparing import METRICS, Comparison, Goal, Prices, places, usual_goal
from al_core.comparing.behind import FIGURES, behind
from al_core.comparing.metrics import naive, score_of
from al_core.comparing.pool import LEFT, MOST_TEXTS, pool_points
from al_core.comparing.words import besides, cautions, left_behind, level, needed, no_target, one_seed, target
from al_core.config import Component
from al_core.corpus.base import Corpus
from al_core.corpus.split import Split
from al_core.errors import BadInput, Unavailable
from al_core.evaluation.comparison import Reached, band
from al_core.evaluation.metrics import Bin, Metrics
from al_core.presets import PRESETS
from al_core.store import open_store, runs
from al_core.store.schema import queries, rounds
from al_core.store.schema import runs as runs_table
from al_core.story.making import from_comparison

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


def test_other_first_labels_or_another_oracle_are_not_compared_with(add, compare):
    noisy = {"oracle": Component(name="noisy", params={"rate": 0.3})}
    found = compare(add(), add("margin", **noisy), add("entropy", starter=Component(name="kmeans")))
    assert [(g.title, g.control) for g in found.groups] == [
        ("Random, as the split says, perfect", None),
        ("Margin, as the split says, noisy", None),
        ("Entropy, embedding k-means, perfect", None),
    ]
    assert not found.verdicts("accuracy", found.curves()) and not found.pairs("accuracy", found.curves())


def test_of_repeats_the_finished_then_the_furthest_then_the_newest_counts(add, compare):
    broken = add(state="failed", scores=(0.5, 0.6, 0.7, 0.8))
    old, new = add(), add()
    found = compare(new, broken, old)
    assert [run.id for run in found.groups[0].runs] == [new]
    assert {run.id for run in found.left_out} == {broken, old}


def test_runs_of_two_versions_of_the_code_are_told_so(add, compare, store):
    one, other = add(), add("margin")
    assert not cautions(compare(one, other).groups)
    with store.write() as connection:
        connection.execute(
            update(runs_table).where(runs_table.c.id == other).values(code_version="0.1.0+<b>")
        )
    (told,) = cautions(compare(one, other).groups)
    assert "2 versions of the workbench" in told and "0.1.0+<b>" in told


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
        assert all(told.outcome is None for told in found.verdicts(metric, curves).values())
        assert found.pairs(metric, curves) == {} and found.summary(metric).empty
        goal = usual_goal(metric)
        assert found.reached(goal, metric) == {} and found.targets(goal, metric).keys() <= {
            group.task for group in found.groups
        }
        assert all(told.outcome is None for told in found.sooner(goal, metric).values())
    assert not found.far_behind and not found.validation
    assert found.confusions() == {} and found.asked.lengths().empty
    assert found.asked.class_mix(lambda _: ["no", "yes"]).empty
    assert found.asked.overlap()["overlap"].isna().all()
    assert found.table().empty


def test_metrics_are_those_of_the_measurements(add, compare):
    metrics = measured(0.7, fn_share=0.75)
    found = compare(add(scores=(metrics,)), add("margin", scores=(metrics,)))
    expected = {
        "accuracy": metrics.accuracy,
        "f1": metrics.f1,
        "macro_f1": (metrics.f1 + 2 * 255 / (2 * 255 + 135 + 45)) / 2,
        "fn_rate": metrics.fn_rate,
        "fp_rate": metrics.fp_rate,
        "imbalance": 1000 * (135 - 45) / 600,
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
    assert not found.two and {"balance", "imbalance", "macro_f1", "cost"}.isdisjoint(found.metrics)
    assert found.curves("f1")[0].scores == pytest.approx([metrics.f1])
    assert found.scores("balance", Prices())["score"].isna().all()
    assert found.scores("imbalance", Prices())["score"].isna().all()


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
    verdict = found.verdicts(metric, found.curves(metric))["Margin"]
    assert verdict.outcome == "better"
    assert verdict.sentence.startswith("Margin is better than Random between 100 and 200 labels")
    assert ("points" in verdict.sentence) == (METRICS[metric].kind == "share")


def test_one_seed_says_so_and_balance_has_no_verdict(add, compare):
    found = compare(add(), add("margin"))
    for metric in ("accuracy", "loss"):
        verdict = found.verdicts(metric, found.curves(metric))["Margin"]
        assert verdict.outcome is None and "on 1 seed," in verdict.sentence
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
    shares = found.asked.overlap().set_index(["one", "other"])["overlap"]
    assert shares["Random", "Margin"] == pytest.approx(2 / 6)
    assert shares["Random", "Entropy"] == 1.0  # of seed 1 alone
    assert math.isnan(shares["Margin", "Entropy"])
    lengths = found.asked.lengths().set_index(["group", "round"])["words"]
    # Rows 0 to 3 have 3, 4, 5 and 6 words, rows 8 and 9 have 3 and 4.
    assert lengths["Random", 1] == pytest.approx((3 + 4 + 5 + 6 + 3 + 4) / 6)
    mix = found.asked.class_mix(lambda _: ["no", "yes"]).set_index(["group", "class"])
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


def test_a_map_of_many_questions_has_of_each_run_and_round_as_many_and_other_texts():
    texts = tuple(f"word{row % 50} word{row % 7} common" for row in range(20_000))
    corpus = Corpus("c", "c", texts, np.zeros(20_000, np.int32), ("a", "b"))
    rows = np.random.default_rng(0).permutation(18_000)
    cells = [(run, number) for run in ("one", "two", "three") for number in range(1, 7)]
    queried = pd.DataFrame(
        [(*cells[place // 1000], row) for place, row in enumerate(rows.tolist())],
        columns=["run", "round", "row"],
    )
    points = pool_points(corpus, split(range(20_000)), queried, 0)
    assert len(points) == MOST_TEXTS and points["round"].isna().sum() == LEFT
    drawn = queried.loc[queried["row"].isin(points["row"])]
    shares = drawn.groupby(["run", "round"]).size()
    assert len(shares) == 18 and shares.max() - shares.min() <= 1
    alone = queried.loc[queried["run"] == "one"].drop(columns="run")
    assert pool_points(corpus, split(range(20_000)), alone, 0)["round"].value_counts().min() >= 333
    # With nothing else in the pool, all the room is for what was asked about.
    assert pool_points(corpus, split(rows), queried, 0)["round"].notna().sum() == MOST_TEXTS


@pytest.mark.parametrize("texts", [(), ("",), ("!", "?", "."), ("one word",), ("same",) * 60])
def test_a_map_of_next_to_nothing_is_flat(texts):
    corpus = Corpus("c", "c", texts, np.zeros(len(texts), np.int32), ("a", "b"))
    none = pd.DataFrame({"round": [], "row": []})
    points = pool_points(corpus, split(range(len(texts))), none, 0)
    assert len(points) == len(texts) and (points[["x", "y"]] == 0).all(axis=None)


def test_only_what_varies_is_told_named_as_people_name_it(add, compare):
    batch = BASE.cycle.model_copy(update={"batch_size": 7, "baseline": False})
    wrapped = (Component(name="epsilon_random", params={"epsilon": 0.25}),)
    ids = [add(), add("margin", cycle=batch), add("margin", wrappers=wrapped), add(seed=3, corpus="d")]
    found = compare(*ids).varied().loc[ids]
    assert list(found) == ["Corpus", "Query strategy", "Around it", "Batch size", "Seed"]
    assert found["Corpus"].tolist() == ["<c>", "<c>", "<c>", "<d>"]
    assert found["Query strategy"].tolist() == ["Random", "Margin", "Margin", "Random"]
    assert found["Around it"].tolist() == ["none", "none", "A share at random", "none"]
    assert found["Batch size"].tolist()[1] == 7 and found["Seed"].tolist() == [0, 0, 0, 3]


def test_a_parameter_is_told_where_it_varies_and_missing_where_there_is_none(add, compare):
    def around(share):
        return (Component(name="epsilon_random", params={"epsilon": share}),)

    ids = [add(), add("margin", wrappers=around(0.1)), add("margin", wrappers=around(0.2))]
    found = compare(*ids).varied().loc[ids]
    name = next(each for each in found if each.startswith("A share at random: "))
    assert found[name].tolist() == [None, 0.1, 0.2]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_varies_among_no_runs_and_one(add, compare, count):
    found = compare(*(add() for _ in range(count)))
    assert found.varied().shape == (count, 0) and len(found.results()) == count


def test_results_are_run_by_run_and_say_what_was_not_reached(add, compare):
    ids = [add(scores=(0.5, 0.6, 0.7)), add(seed=1, scores=(0.5, 0.9, 0.9)), add(seed=2, scores=())]
    found = compare(*ids)
    table = found.results(goal=Goal(0.8, share=False)).loc[ids]
    assert table["last"].tolist() == pytest.approx([0.7, 0.9, math.nan], nan_ok=True)
    assert table["area"].tolist() == pytest.approx([0.6, 0.8, math.nan], nan_ok=True, abs=1e-3)
    assert table["reached"].tolist() == pytest.approx([math.inf, 200, math.nan], nan_ok=True)
    assert list(table.index) == list(found.varied().loc[ids].index)
    assert found.results("loss")["reached"].isna().all()


def test_fifty_runs_have_a_line_each(add, compare):
    ids = [add(("random", "margin")[seed % 2], seed, scores=(0.6,)) for seed in range(50)]
    found = compare(*ids)
    assert found.varied().shape == (50, 2) and found.results()["last"].notna().all()


def test_a_point_of_a_group_leads_to_the_round_of_each_seed(add, compare):
    first, second = add(scores=(0.5, 0.6, 0.7)), add(seed=1, scores=(0.5, 0.6))
    found = compare(first, second, add("margin"))
    group = found.groups[0]
    assert [(run.id, number) for run, number in found.at(group, 200)] == [(first, 1), (second, 1)]
    # The shorter run has no score with so many labels, so that its mean is not there either.
    assert [(run.id, number) for run, number in found.at(group, 300)] == [(first, 2)]
    assert found.at(group, 50) == [] and found.at(group, 1000) == []


def test_features_alone_tell_groups_apart_without_the_model(add, compare):
    found = compare(*(add(features=Component(name=name)) for name in ("tfidf", "tfidf_svd")))
    assert [g.title for g in found.groups] == [
        "Random, words and pairs (tf-idf)",
        "Random, topics (tf-idf, reduced)",
    ]


def test_a_model_is_named_without_the_features_that_all_groups_read(add, compare):
    words, network = Component(name="tfidf"), {"classifier": Component(name="linear_svm")}
    linear = {"classifier": Component(name="logistic"), "features": words}
    found = compare(add(**linear, baseline=0.9), add(**network, features=words, baseline=0.8))
    assert [g.title for g in found.groups] == [
        "Random, Logistic regression",
        "Random, Linear SVM, calibrated",
    ]
    found = compare(add(**linear), add(**network, features=Component(name="tfidf_svd")))
    assert [g.title for g in found.groups] == [
        "Random, Logistic regression on words and pairs (tf-idf)",
        "Random, Linear SVM, calibrated on topics (tf-idf, reduced)",
    ]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ((160, 180, 200), "180 (3 of 3 seeds)"),
        ((160, 180, math.inf), "180 (2 of 3 seeds)"),
        ((180, math.inf, math.inf), "reached by 1 of 3 seeds only"),
        ((math.inf, math.inf), "not reached (0 of 2 seeds)"),
        ((math.inf,), "not reached (0 of 1 seed)"),
        ((), "–"),
    ],
)
def test_how_many_labels_a_target_took_is_told_plainly(labels, sentence):
    assert needed(Reached("A", 0.9, dict(enumerate(labels)), None)) == sentence


def test_umap_fails_in_one_sentence(monkeypatch):
    texts = [f"word{row % 7} word{row % 5} word{row % 3}" for row in range(60)]
    monkeypatch.setattr(places.sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match=r"^UMAP's process could not be started: .*\.$"):
        places.by_neighbours(texts)
    assert places.by_neighbours(texts[:5]).shape == (5, 2)


def test_what_umap_says_last_is_told(monkeypatch, tmp_path):
    stub = tmp_path / "python"
    stub.write_text("#!/bin/sh\necho 'Long story' >&2\necho 'MemoryError: no room' >&2\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setattr(places.sys, "executable", str(stub))
    with pytest.raises(Unavailable, match=r"^UMAP failed: MemoryError: no room\.$"):
        places.by_neighbours([f"word{row % 7} word{row % 5}" for row in range(60)])


@pytest.mark.skipif(not places.umap_there(), reason="umap-learn is not installed; it is optional")
def test_umap_computes_elsewhere_a_place_for_every_text():
    found = places.by_neighbours([f"word{row % 7} word{row % 5} w{row % 9}" for row in range(80)])
    assert found.shape == (80, 2) and np.isfinite(found).all() and found.std() > 0
    assert "umap" not in sys.modules


def test_whatever_a_page_shows_is_stamped_before_a_round_is_done(store, compare):
    run_id = runs.create_run(store, BASE, "c")
    seen = [compare(run_id).stamp]
    # The initial fit, and the end of a run without rounds: rounds_done stays 0.
    for values in ({"labels": 20, "test_accuracy": 0.6}, {"state": "finished"}):
        with store.write() as connection:
            connection.execute(update(runs_table).where(runs_table.c.id == run_id).values(**values))
        seen.append(compare(run_id).stamp)
    assert len(set(seen)) == 3 and compare(run_id).runs[0].rounds_done == 0


LONG = tuple(np.linspace(0.6, 0.9, 13).tolist())


@pytest.mark.parametrize("state", ["cancelled", "failed", "running"])
def test_one_short_run_cuts_no_verdict_and_no_area(add, compare, state):
    ids = [add(seed=seed, scores=LONG) for seed in range(3)]
    ids += [add("margin", seed, scores=LONG) for seed in range(3)]
    short = [add(seed=3, scores=(0.6, 0.62), state=state), add("margin", 3, scores=LONG)]
    found = compare(*ids, *short)
    assert found.far_behind == {("Random", 3)}
    verdict = found.verdicts("accuracy", found.curves())["Margin"]
    assert (verdict.measure.start, verdict.measure.end, verdict.n) == (100, 1300, 3)
    table = found.summary().set_index("group")
    assert table[["start", "end"]].to_numpy().tolist() == [[100, 1300]] * 2
    assert table["seeds"].tolist() == [3, 4] and table.loc["Random", "best"] == pytest.approx(0.9)
    assert found.reached(Goal(0.8, False))["Random"].seeds == 3
    assert found.results().loc[short[0], "area":"reached"].isna().all()
    assert len(found.curves()) == 8 and found.confusions()["Random"].tolist() == [[270, 30], [30, 270]]
    assert left_behind(1).startswith("1 run is in no verdict") and left_behind(0) == ""
    story = from_comparison(found, found.groups[1], ("no", "yes"), "Mine", synthetic=False)
    assert [len(side.paths) for side in (story.random, story.asking)] == [3, 4]


def test_a_run_that_stopped_early_is_a_result(add, compare):
    ids = [add(seed=0, scores=LONG), add("margin", 0, scores=(0.6, 0.9))]
    found = compare(*ids)
    assert not found.far_behind and found.summary()["end"].tolist() == [200, 200]


def test_a_group_of_which_all_runs_are_far_behind_is_shown_as_far_as_it_is(add, compare):
    ids = [add(seed=seed, scores=LONG) for seed in range(2)]
    ids += [add("margin", seed, scores=(0.6, 0.7), state="running") for seed in range(2)]
    found = compare(*ids, *(add("entropy", seed, scores=LONG) for seed in range(2)))
    table = found.summary().set_index("group")
    assert table.loc["Margin", "seeds"] == 2 and math.isnan(table.loc["Margin", "area"])
    assert table.loc["Random", "end"] == table.loc["Entropy", "end"] == 1300
    told = found.verdicts("accuracy", found.curves())
    assert "Margin" not in told and told["Entropy"].n == 2


@pytest.fixture
def ahead(add, compare):
    """Seven seeds: margin needs half of random's labels, one run of random never gets there."""
    ids = [add(seed=s, scores=(0.5, 0.6, 0.7, 0.8 if s else 0.75), baseline=0.9) for s in range(7)]
    ids += [add("margin", s, scores=(0.5, 0.8 + s / 600, 0.8, 0.8)) for s in range(7)]
    return compare(*ids, *(add("entropy", s, scores=(0.5, 0.55, 0.6, 0.65)) for s in range(7)))


def test_the_sentence_on_labels_to_a_target(ahead):
    told = ahead.sooner(Goal(0.8, False))
    assert told["Margin"].sentence == (
        "Margin needs 200 labels for 0.8, Random at least 400; 7 of 7 seeds agree."
    )
    assert told["Entropy"].sentence.startswith("Entropy and Random are not distinguishable for 0.8: ")
    share = ahead.sooner(Goal(0.75, True))["Margin"]
    assert share.measure.target == 0.8
    assert ahead.sooner(None) == {} and ahead.sooner(Goal(0.9, True), "balance") == {}


def test_a_target_follows_the_metric_and_its_side(ahead):
    reached = ahead.reached(Goal(0.2, False), "fn_rate")
    assert (reached["Margin"].median, reached["Random"].median) == (200, 400)
    assert "needs 200 labels for 0.2 or less" in ahead.sooner(Goal(0.2, False), "fn_rate")["Margin"].sentence
    # Of even classes the first is named: all 300 positives are missed, or 500 in 1,000 texts.
    (cost,) = ahead.targets(Goal(0.75, True), "cost", Prices(2, 1)).values()
    assert cost == pytest.approx(1000 + 0.75 * (150 - 1000))
    assert ahead.reached(Goal(0.75, True), "cost", Prices(2, 1))["Margin"].reached == 7
    assert ahead.targets(Goal(0.9, True), "fn_rate") == ahead.targets(None, "balance") == {}
    assert ahead.results("fn_rate", goal=Goal(0.2, False))["reached"].tolist()[:2] == [math.inf, 400]
    lines = ahead.summary("fn_rate").set_index("group")
    assert lines.loc["Margin", "best"] == pytest.approx(0.2 - 2.5 / 600, abs=2e-3)
    assert ahead.summary("balance")["best"].isna().all()


def test_no_way_leads_to_a_fit_on_all_labels_that_is_worse_than_naming_one_class(add, compare):
    found = compare(add(baseline=0.4), add("margin"))
    assert found.baselines() and found.targets(Goal(0.9, True)) == {}


def test_any_two_that_ask_are_compared_and_random_is_none_of_them(ahead):
    found = ahead.pairs("accuracy", ahead.curves())
    assert list(found) == [("Entropy", "Margin")]
    assert found["Entropy", "Margin"].outcome == "worse" and found["Entropy", "Margin"].family == 1
    assert ahead.pairs("balance", ahead.curves("balance")) == {}


def test_whether_errors_are_better_balanced_has_a_verdict(add, compare):
    ids = [add(seed=s, scores=(measured(0.8, 0.7 + s / 200),) * 2) for s in range(6)]
    ids += [add("margin", s, scores=(measured(0.8, 0.45),) * 2) for s in range(6)]
    found = compare(*ids)
    verdict = found.verdicts("imbalance", found.curves("imbalance"))["Margin"]
    assert verdict.outcome == "better" and verdict.difference == pytest.approx(20 - 85, abs=1)
    assert "per 1,000 texts" in verdict.sentence


def test_seen_and_unseen_lines_are_offered_where_there_are_some(add, compare):
    leaky = replace(measured(0.7), seen=0.9, unseen=0.6)
    found = compare(add(scores=(leaky,)), add("margin", scores=(leaky,)))
    assert {"seen", "unseen"} <= set(found.metrics)
    assert found.curves("unseen")[0].scores.tolist() == [0.6]
    assert {"seen", "unseen"}.isdisjoint(compare(add(seed=8), add(seed=9)).metrics)


def test_the_figures_behind_sentences(ahead):
    lines = behind(ahead.verdicts("accuracy", ahead.curves()).values())
    assert all(len(each) == len(FIGURES) for each in lines)
    margin = dict(zip(FIGURES, lines[0], strict=True))
    assert (margin["Group"], margin["Compared with"], margin["Seeds that agree"]) == (
        "Margin",
        "Random",
        "7 of 7",
    )
    assert (margin["Test"], margin["p, sign flips"]) == ("Sign flips", "0.016")
    assert (margin["Corrected p"], margin["p, t test"]) == ("0.031", "< 0.001")
    assert margin["Difference"].endswith(" points")
    assert float(margin["Effect size"]) > 2 and " to +" in margin["95% interval"]
    one = ahead.verdicts("accuracy", [c for c in ahead.curves() if not c.seed])
    assert behind(one.values()) == []


def test_naming_the_most_frequent_class():
    assert naive([[5, 1], [2, 20]]) == [[0, 6], [0, 22]]
    assert score_of([[0, 6], [0, 22]], "accuracy") == pytest.approx(22 / 28)
    assert score_of([[0, 6], [0, 22]], "cost", Prices(1, 3)) == pytest.approx(1000 * 18 / 28)
    assert math.isnan(score_of([[0, 6], [0, 22]], "loss")) and math.isnan(score_of(None, "accuracy"))
    assert math.isnan(score_of([[1, 0, 0]] * 3, "cost"))


def test_words_of_targets_and_labels():
    assert target("accuracy", [0.86, 0.8596]) == "Target: accuracy of at least 85.96%, 86.0%."
    assert target("fn_rate", [0.2]) == "Target: false negative rate of at most 20.0%."
    assert target("f1", [0.8]) == "Target: F1 of at least 80.0%."
    assert target("cost", [1200.5]) == "Target: cost of errors of at most 1,200.5 per 1,000 texts."
    assert level(0.5, "number") == "0.5"
    assert "no run was trained" in no_target("f1", False) and "no better" in no_target("f1", True)
    assert "no share of the way" in no_target("loss", True)
    assert no_target("balance", True).startswith("Neither more nor less")
    assert besides(()) == "" and besides((200,)) == "Validation labels come on top: 200 a run."
    assert besides((200, 500, 5000)) == "Validation labels come on top: 200 to 5,000 a run."
    assert one_seed(1).endswith("Six make it safe.")
    assert one_seed(6).endswith("Eight make 6 comparisons safe.")
