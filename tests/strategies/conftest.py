"""Situations for strategies: everything that one declares a need for, made from a seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from al_core.evaluation.metrics import measure
from al_core.strategies import Situation, Strategy

COLUMNS, LABELLED, SAMPLES = 12, 9, 4
Make = Callable[..., Situation]


def make_situation(
    strategy: Strategy,
    n: int = 60,
    classes: int = 2,
    *,
    seed: int = 0,
    sparse: bool = False,
    one_class: bool = False,
    labelled: int = LABELLED,
) -> Situation:
    """What a strategy may look at, and nothing that it did not declare."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), n)
    pool_labels = rng.integers(0, classes, n).astype(np.int32)
    samples = rng.dirichlet(np.ones(classes), (SAMPLES, n))
    embeddings = rng.normal(size=(n, COLUMNS)) * (rng.random((n, COLUMNS)) < 0.7)
    of_labelled = rng.normal(size=(labelled, COLUMNS))
    rows = rng.permutation(1000)
    labels = np.zeros(labelled) if one_class else np.arange(labelled) % classes
    metrics = measure(probabilities, pool_labels)
    needs, convert = strategy.needs, csr_matrix if sparse else np.asarray
    embedded = "embeddings" in needs

    def refit(extra: np.ndarray, answers: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """A model that is surer of some targets than of others, by the row that it was told about."""
        sure = 0.5 + (extra[0] * 7919 * targets % 1000) / 2500 + answers[0] / 100
        rest = np.repeat((1 - sure)[:, None] / (classes - 1), classes - 1, axis=1)
        return np.column_stack([sure, rest])

    return Situation(
        pool=np.sort(rows[:n]),
        n_classes=classes,
        history=(metrics,),
        labelled=rows[n : n + labelled],
        labels=labels.astype(np.int32),
        probabilities=probabilities if "probabilities" in needs else None,
        embeddings=convert(embeddings) if embedded else None,
        labelled_embeddings=convert(of_labelled) if embedded else None,
        labelled_probabilities=rng.dirichlet(np.ones(classes), labelled)
        if "labelled_probabilities" in needs
        else None,
        samples=samples if needs & {"committee", "dropout"} else None,
        refit=refit if "refit" in needs else None,
        asked=0,
        arrival=rng.permutation(n) if "arrival" in needs else None,
        test=metrics if strategy.steers_on_test else None,
        pool_labels=pool_labels if strategy.reads_pool_labels else None,
    )


def tie(given: Situation) -> Situation:
    """The same situation with every pool text like every other one."""

    def level(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else np.full_like(array, 1 / given.n_classes)

    alike = None if given.embeddings is None else np.ones(given.embeddings.shape)
    refit = given.refit and (lambda rows, labels, targets: np.full((len(targets), given.n_classes), 0.5))
    return dataclasses.replace(
        given,
        probabilities=level(given.probabilities),
        samples=level(given.samples),
        embeddings=alike,
        refit=refit,
    )


@pytest.fixture
def situation() -> Make:
    return make_situation


@pytest.fixture
def tied() -> Callable[[Situation], Situation]:
    return tie
