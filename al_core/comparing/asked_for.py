"""What the runs of each group asked for: classes, lengths, novelty, overlap, places in the pool."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.comparing.groups import Group, data_of, seed_of
from al_core.comparing.novelty import novelty
from al_core.comparing.places import Places, by_words
from al_core.comparing.pool import pool_points
from al_core.corpus.base import Corpus
from al_core.corpus.split import make_split
from al_core.store import asked
from al_core.store.engine import Store
from al_core.store.records import RunRecord


class AskedFor:
    """The texts that groups of runs asked about. What it has read stays as it was read."""

    def __init__(
        self,
        store: Store,
        groups: Sequence[Group],
        corpus: Callable[[str], Corpus],
        copies: Callable[[str], npt.NDArray[np.int64]],
    ) -> None:
        """corpus, copies: the texts of a corpus key, and for each the group of its copies."""
        self._store, self._groups, self._corpus, self._copies = store, groups, corpus, copies

    def class_mix(self, classes: Callable[[RunRecord], Sequence[str]]) -> pd.DataFrame:
        """Return the classes of all texts that each group asked for: group, class, count, share."""
        ids = [run.id for group in self._groups for run in group.runs]
        counts = asked.class_counts_of(self._store, ids)
        owners = {run.id: group.title for group in self._groups for run in group.runs}
        names = {run.id: list(classes(run)) for group in self._groups for run in group.runs}
        told = [
            names[run][index] if index < len(names[run]) else str(index)
            for run, index in zip(counts["run"], counts["class"], strict=True)
        ]
        table = pd.DataFrame(
            {"group": [owners[each] for each in counts["run"]], "class": told, "count": counts["count"]}
        )
        table = pd.DataFrame(table.groupby(["group", "class"], sort=False)["count"].sum()).reset_index()
        count = table["count"].to_numpy(dtype=float)
        whole = table["group"].map(lambda name: count[(table["group"] == name).to_numpy()].sum()).to_numpy()
        return table.assign(share=np.divide(count, whole, out=np.zeros_like(count), where=whole > 0))

    @cached_property
    def queried(self) -> pd.DataFrame:
        """Return every row that was asked about: group, seed, run, round, row."""
        found = asked.rows_of(self._store, [run.id for group in self._groups for run in group.runs])
        owners = {run.id: (group.title, seed_of(run)) for group in self._groups for run in group.runs}
        found.insert(0, "seed", [owners[each][1] for each in found["run"]])
        found.insert(0, "group", [owners[each][0] for each in found["run"]])
        return found

    def lengths(self) -> pd.DataFrame:
        """Return how long the texts are that each group asked for: group, round, words (mean)."""
        found, keys = self.queried, {run.id: run.corpus_key for group in self._groups for run in group.runs}
        words = np.full(len(found), np.nan)
        corpora = np.array([keys[each] for each in found["run"]], dtype=object)
        for key in dict.fromkeys(corpora.tolist()):
            mine = corpora == key
            rows, back = np.unique(found["row"].to_numpy()[mine], return_inverse=True)
            texts = self._corpus(key).texts
            counts = [len(str(texts[row]).split()) for row in rows.tolist()]
            words[mine] = np.array(counts, dtype=float)[back]
        means = found.assign(words=words).groupby(["group", "round"], sort=False)["words"].mean()
        return pd.DataFrame(means).reset_index()

    def novelty(self) -> pd.DataFrame:
        """Return how new the texts are that each group asked for, round by round; see `novelty.novelty`."""
        return novelty(self._store, self._groups, self._corpus, self._copies)

    def pool(self, run: RunRecord, places: Places = by_words) -> pd.DataFrame:
        """Return a run's pool as a map: row, x, y, round (NaN where never asked), text; see `pool_points`."""
        corpus, config = self._corpus(run.corpus_key), run.run_config()
        split = make_split(
            corpus.labels, self._copies(run.corpus_key), config.split, config.seed, corpus.classes
        )
        queried = self.queried
        return pool_points(corpus, split, queried.loc[queried["run"] == run.id], config.seed, places)

    def overlap(self) -> pd.DataFrame:
        """Return how alike the groups' choices are: one, other, overlap (Jaccard, mean over seeds), seeds.

        Of all rows asked about by the two runs of a seed on one corpus and split; NaN where there are none.
        """
        sets: dict[tuple[str, int], set[int]] = {}
        for group, seed, row in self.queried[["group", "seed", "row"]].itertuples(index=False, name=None):
            sets.setdefault((group, seed), set()).add(row)
        lines = []
        for one in self._groups:
            for other in self._groups:
                shares = []
                for run in one.runs if data_of(one.runs[0]) == data_of(other.runs[0]) else ():
                    a, b = (sets.get((each.title, seed_of(run)), set[int]()) for each in (one, other))
                    if a and b:
                        shares.append(len(a & b) / len(a | b))
                lines.append((one.title, other.title, np.mean(shares) if shares else math.nan, len(shares)))
        return pd.DataFrame(lines, columns=["one", "other", "overlap", "seeds"])
