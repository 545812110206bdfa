"""How new the texts are that were asked for: how far each is from the nearest one labelled before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core import catalogue
from al_core.comparing.groups import Group
from al_core.config import Component, RunConfig
from al_core.corpus.base import Corpus
from al_core.errors import Unavailable
from al_core.experiment import split_of
from al_core.features.cache import cached
from al_core.oracles import ABSTAINED
from al_core.seeding import generator
from al_core.store import asked, runs
from al_core.store.engine import Store

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
CorpusOf = Callable[[str], Corpus]
CopiesOf = Callable[[str], Rows]

MOST_PAIRS = 2_000_000
"""Pairs of texts that are compared for one run; of a run that would take more, a part of each round is."""
AT_ONCE = 64
"""Texts of a round that are compared together: a column of words for each."""
WORDS = Component(name="tfidf", params={"longest": 1, "rarest": 1})
EXPLAINED = (
    "Novelty: how far a text's words are from those of the nearest text labelled before the round. "
    "0: a copy; 1: no word in common. Cosine distance of TF-IDF, the mean over texts and seeds; of large "
    "runs, over a random part of each round."
)
UNREAD = "Initial sets that were chosen by features, such as by k-means, do not count as labelled before."
COLUMNS = ["group", "round", "novelty", "texts"]


def novelty(store: Store, groups: Sequence[Group], corpus: CorpusOf, copies: CopiesOf) -> pd.DataFrame:
    """Return how new the texts are that each group asked for: group, round, novelty, texts.

    novelty: the cosine distance of a text's words (TF-IDF) to the nearest text that the run had a label of
    before the round, its initial set included; 0 for a copy, 1 where no word is shared. The mean over the
    texts of a round, then over seeds; texts: how many were compared. An initial set that was chosen by
    features (k-means and the like) is not read again, so that such runs begin with their second round.
    Raises `BadInput` or `Unavailable` where texts or their words are not to be had. Cost: words are counted
    once for a corpus and kept on disk; then up to a third of a second for each run that got further.
    """
    try:
        lines = [
            (group.title, number, value, texts)
            for group in groups
            for run in group.runs
            if run.rounds_done > 0
            for number, value, texts in _of_run(store, corpus, copies, run.id, run.rounds_done)
        ]
    finally:
        _vectors.cache_clear()  # nobody else keeps its files open
    table = pd.DataFrame(lines, columns=COLUMNS).groupby(["group", "round"], sort=False)
    return table.agg(novelty=("novelty", "mean"), texts=("texts", "sum")).reset_index()


def explained(groups: Sequence[Group]) -> str:
    """Return what the novelty of these groups means, in words."""
    unread = any(_by_features(group.runs[0].run_config()) for group in groups)
    return f"{EXPLAINED} {UNREAD}" if unread else EXPLAINED


def distances(vectors: Any, copies: Rows, known: Rows, wanted: Rows, before: Rows) -> Floats:
    """Return how far each of `wanted` is from the nearest text labelled before: 1 less the cosine, 0 to 1.

    vectors: csr (n, words), rows of length 1 or 0; copies: the group of each row's copies; known: rows in the
    order in which they got a label; before: how many of them had theirs before each wanted row was asked for.
    Cost: all values of `known` for each wanted row. Memory: (words + known) x `AT_ONCE` numbers.
    """
    mine = vectors[wanted]
    words = np.unique(mine.indices)  # no other counts
    mine, ordered, nearest = mine[:, words], vectors[known][:, words], np.zeros(len(wanted))
    for start in range(0, len(wanted), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        most = int(before[part].max())
        alike = ordered[:most] @ np.ascontiguousarray(mine[part].toarray().T)
        alike[np.arange(most)[:, None] >= before[part]] = 0.0
        nearest[part] = alike.max(axis=0, initial=0.0)
    groups, first = np.unique(copies[known], return_index=True)
    place = np.minimum(np.searchsorted(groups, copies[wanted]), len(groups) - 1)
    # Also of a text without a word.
    nearest[(groups[place] == copies[wanted]) & (first[place] < before)] = 1.0
    return np.clip(1.0 - nearest, 0.0, 1.0)


# A round that is done stays as it is: a run that goes on is compared anew, all others are not.
@lru_cache(maxsize=5_000)
def _of_run(
    store: Store, corpus: CorpusOf, copies: CopiesOf, run_id: str, rounds: int
) -> tuple[tuple[int, float, int], ...]:
    """Return round, novelty and texts compared of a run with so many rounds done."""
    del rounds
    run = runs.run(store, run_id)
    answers, config = asked.answers_of(store, run_id), run.run_config()
    if not len(answers):
        return ()
    initial = np.empty(0, np.int64)
    if not _by_features(config):
        initial = _initial(corpus, copies, run.corpus_key, _beginning(config))
    answered = answers[answers[:, 2] != ABSTAINED]
    sample = _sample(answers, _share(config, len(initial)), config.seed)
    before = len(initial) + np.searchsorted(answered[:, 0], sample[:, 0])
    sample, before = sample[before > 0], before[before > 0]
    if not len(sample):
        return ()
    known = np.concatenate([initial, answered[:, 1]])
    vectors = _vectors(corpus(run.corpus_key))
    found = distances(vectors, copies(run.corpus_key), known, sample[:, 1], before)
    numbers, starts, counts = np.unique(sample[:, 0], return_index=True, return_counts=True)
    means = np.add.reduceat(found, starts) / counts
    return tuple(zip(numbers.tolist(), means.tolist(), counts.tolist(), strict=True))


def _sample(answers: Rows, share: float, seed: int) -> Rows:
    """Return a part of what each round asked about: round and row (n, 2), in the order of rounds."""
    parts = []
    for number in np.unique(answers[:, 0]).tolist():
        mine = answers[answers[:, 0] == number, :2]
        size = max(1, round(share * len(mine)))
        parts.append(generator(seed, "novelty", number).choice(mine, size, replace=False))
    return np.concatenate(parts)


def _by_features(config: RunConfig) -> bool:
    """Tell whether the initial set was chosen by features, which may take minutes to compute again."""
    starter = catalogue.REGISTRIES["starters"][config.starter.name].create(config.starter.params)
    return "embeddings" in starter.needs


def _beginning(config: RunConfig) -> str:
    """Return what decides an initial set, the same for all query strategies, as JSON."""
    asking = {"strategy": Component(name="random"), "wrappers": ()}
    return config.model_copy(update={"name": "-"} | asking).model_dump_json()


@lru_cache(maxsize=64)
def _initial(corpus: CorpusOf, copies: CopiesOf, key: str, beginning: str) -> Rows:
    """Return the rows that a run had a label of before it asked: half a second for 50,000 texts."""
    config = RunConfig.model_validate_json(beginning)
    return split_of(config, corpus(key), copies(key), lambda *_: None).initial


def _share(config: RunConfig, initial: int) -> float:
    """Return which part of each round is compared, as planned, so that it stays while the run goes on."""
    batch, last = config.cycle.batch_size, config.cycle.rounds
    pairs = batch * (last * initial + batch * last * (last - 1) / 2)
    return min(1.0, MOST_PAIRS / pairs) if pairs else 1.0


@lru_cache(maxsize=1)
def _vectors(corpus: Corpus) -> Any:
    """Return the TF-IDF of the words of every text, csr (n, words), from the cache on disk."""
    settings = catalogue.complete(WORDS, catalogue.REGISTRIES["features"])
    words = catalogue.REGISTRIES["features"][settings.name].create(settings.params)
    try:
        return cached(words, settings, corpus, np.arange(len(corpus), dtype=np.int64))
    except OSError as error:
        why = error.strerror or error
        raise Unavailable(f"The words of the texts cannot be kept on disk ({why}); make room.") from error
