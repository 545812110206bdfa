"""From a config to an experiment in memory: corpus, split, features, classifier, strategy."""

from __future__ import annotations

from al_core import catalogue
from al_core.config import RunConfig
from al_core.corpus import Progress
from al_core.corpus.base import UNKNOWN
from al_core.corpus.cache import open_corpus
from al_core.corpus.profile import duplicate_groups
from al_core.corpus.split import make_split
from al_core.features.cache import cached
from al_core.loop import Experiment
from al_core.stopping import Stopping


def build(config: RunConfig, progress: Progress) -> Experiment:
    """Prepare everything a run works on. Raises `BadInput` or `Unavailable` in one sentence.

    `config` is validated. Reads the corpus (downloading it where needed) and computes features
    that are not in the cache yet; imports no training framework itself.
    """
    corpus = open_corpus(config.corpus, progress)
    progress("Splitting the corpus", 0.0)
    split = make_split(
        corpus.labels, duplicate_groups(corpus.texts), config.split, config.seed, corpus.classes
    )
    assert (corpus.labels[split.pool] != UNKNOWN).all()
    progress("Preparing features", 0.0)
    features = catalogue.REGISTRIES["features"][config.features.name].create(config.features.params)
    rows = features.rows_to_fit(split.initial, split.pool)
    x = cached(features, config.features, corpus, rows)
    create = {
        kind: catalogue.REGISTRIES[kind][component.name].create(component.params)
        for kind, component in (
            ("classifiers", config.classifier),
            ("strategies", config.strategy),
            ("oracles", config.oracle),
        )
    }
    criteria = tuple(
        catalogue.REGISTRIES["stopping"][each.name].create(each.params) for each in config.stop.criteria
    )
    return Experiment(
        config=config,
        x=x,
        labels=corpus.labels,
        n_classes=len(corpus.classes),
        vocabulary=features.vocabulary,
        split=split,
        classifier=create["classifiers"],
        strategy=create["strategies"],
        oracle=create["oracles"],
        stopping=Stopping(criteria, config.stop.combine),
    )
