"""From a config to an experiment in memory: corpus, split, features, classifier, strategy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from al_core import catalogue, seeding
from al_core.calibration.calibrated import calibrated
from al_core.config import Component, RunConfig
from al_core.corpus import Corpus, Progress
from al_core.corpus.base import UNKNOWN
from al_core.corpus.cache import open_corpus, open_unchanged
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import Split, make_split
from al_core.features import Features
from al_core.features.cache import cached
from al_core.features.reduction import reduced
from al_core.loop import Experiment
from al_core.stopping import Stopping
from al_core.strategies import Choice, Situation
from al_core.strategies.base import Rows

STOP_SET = 2000
"""Texts of the stop set, as in Bloodgood & Vijay-Shanker 2009."""


def build(config: RunConfig, progress: Progress, corpus_key: str | None = None) -> Experiment:
    """Prepare everything a run works on. Raises `BadInput` or `Unavailable` in one sentence.

    `config` is validated. Reads the corpus (downloading it where needed) and computes features
    that are not in the cache yet; imports no training framework itself. With a `corpus_key`, it
    is `BadInput` if the texts are not those of that key any more.
    """
    if corpus_key is None:
        corpus = open_corpus(config.corpus, progress)
    else:
        corpus = open_unchanged(config.corpus, corpus_key, progress)
    catalogue.check_classes(config, len(corpus.classes))
    progress("Splitting the corpus", 0.0)
    groups = duplicate_groups(corpus.texts)
    split = split_of(config, corpus, groups, progress)
    progress("Preparing features", 0.0)
    features, x = features_of(config.features, corpus, split.initial, split.pool)
    criteria = tuple(
        catalogue.REGISTRIES["stopping"][each.name].create(each.params) for each in config.stop.criteria
    )
    stopping = Stopping(criteria, config.stop.combine)
    model = catalogue.REGISTRIES["classifiers"][config.classifier.name].create(config.classifier.params)
    calibrator = catalogue.REGISTRIES["calibration"][config.calibration.name].create(
        config.calibration.params
    )
    return Experiment(
        config=config,
        x=x,
        labels=corpus.labels,
        n_classes=len(corpus.classes),
        vocabulary=features.vocabulary,
        split=split,
        classifier=calibrated(model, calibrator),
        strategy=catalogue.strategy(config),
        oracle=catalogue.REGISTRIES["oracles"][config.oracle.name].create(config.oracle.params),
        stopping=stopping,
        stop_rows=_stop_rows(config, split) if stopping.needs_stop_set else np.empty(0, np.int64),
        test_copies=_test_copies(groups, split) if split.leaked_test else None,
    )


def split_of(config: RunConfig, corpus: Corpus, groups: Rows, progress: Progress) -> Split:
    """Return the parts of a run's corpus, the initial set as its starter chooses it.

    groups: of copies, as `duplicate_groups` gives them.
    """
    split = make_split(corpus.labels, groups, config.split, config.seed, corpus.classes)
    assert (corpus.labels[split.pool] != UNKNOWN).all()
    if config.starter.name == "split":
        return split
    progress("Choosing the initial set", 0.0)
    return _started(config, corpus, split)


def features_of(component: Component, corpus: Corpus, initial: Rows, pool: Rows) -> tuple[Features, Any]:
    """Return the features, fitted on the rows that are theirs to see, and the array of every text."""
    features = catalogue.REGISTRIES["features"][component.name].create(component.params)
    return features, cached(features, component, corpus, features.rows_to_fit(initial, pool))


def _started(config: RunConfig, corpus: Corpus, split: Split) -> Split:
    """Return the split with an initial set, of the same size, that the starter chooses."""
    candidates = np.sort(np.concatenate([split.initial, split.pool]))
    choice = first_choice(config, corpus, candidates, len(split.initial))
    return replace(split, initial=np.sort(choice.rows), pool=np.setdiff1d(candidates, choice.rows))


def first_choice(config: RunConfig, corpus: Corpus, candidates: Rows, n: int) -> Choice:
    """Return what the starter asks about before there is a label: `n` of the rows, which ascend.

    A starter sees texts only. Where the run's own features are word numbers, it sees TF-IDF.
    """
    starter = catalogue.REGISTRIES["starters"][config.starter.name].create(config.starter.params)
    embeddings = None
    if "embeddings" in starter.needs:
        vectors = catalogue.gives(config.features.name) == "vectors"
        component = config.features if vectors else _plain(Component(name="tfidf"))
        _, x = features_of(component, corpus, candidates[:0], candidates)
        embeddings = reduced(x, candidates, seeding.integer(config.seed, "reduction"))[candidates]
    situation = Situation(
        pool=candidates,
        n_classes=len(corpus.classes),
        embeddings=embeddings,
        labelled_embeddings=None if embeddings is None else embeddings[:0],
        pool_labels=corpus.labels[candidates] if starter.reads_pool_labels else None,
    )
    return starter.query(situation, n, seeding.generator(config.seed, "start"))


def _plain(component: Component) -> Component:
    return catalogue.complete(component, catalogue.REGISTRIES["features"])


def _test_copies(groups: Rows, split: Split) -> npt.NDArray[np.bool_]:
    """Return which test texts have a copy where the model may train."""
    return np.isin(groups[split.test], groups[np.concatenate([split.initial, split.pool])])


def _stop_rows(config: RunConfig, split: Split) -> npt.NDArray[np.int64]:
    """Return the stop set: pool texts drawn once, without a look at their labels."""
    size = min(STOP_SET, len(split.pool))
    drawn = seeding.generator(config.seed, "stop set").choice(np.sort(split.pool), size, replace=False)
    return np.sort(drawn)
