"""A map of a run's pool: its texts in two dimensions, and in which round each was asked about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from al_core.comparing.places import Places, by_words
from al_core.corpus.base import Corpus
from al_core.corpus.split import Split
from al_core.seeding import generator

MOST_TEXTS = 3_000
LEFT = MOST_TEXTS // 3
"""Of these, texts that nobody asked about, where there are so many: a map of questions alone says little."""
LONGEST = 2_000
"""Letters of a text that count: a map needs no more, and a few huge texts would take long."""
PREVIEW = 200


def pool_points(
    corpus: Corpus, split: Split, queried: pd.DataFrame, seed: int, places: Places = by_words
) -> pd.DataFrame:
    """Return a sample of the pool with what was asked about in it: row, x, y, round, text.

    queried: round, row, and run where there are several. x, y: by `places`; round: NaN where never asked;
    text: its beginning. Where there is no room for all that was asked about, of each run and round as much.
    """
    rounds = _first_rounds(queried)
    rest = np.setdiff1d(split.pool, np.array(list(rounds), dtype=np.int64))
    asked = _asked(queried, MOST_TEXTS - min(len(rest), LEFT), seed)
    room = min(len(rest), MOST_TEXTS - len(asked))
    chosen = generator(seed, "map").choice(rest, size=room, replace=False) if room else rest[:0]
    rows = np.concatenate([asked, np.sort(chosen)]).astype(np.int64)
    texts = [str(corpus.texts[row]) for row in rows.tolist()]
    found = places([text[:LONGEST] for text in texts])
    return pd.DataFrame(
        {
            "row": rows,
            "x": found[:, 0],
            "y": found[:, 1],
            "round": [float(rounds.get(row, np.nan)) for row in rows.tolist()],
            "text": [text[:PREVIEW] for text in texts],
        }
    )


def _first_rounds(queried: pd.DataFrame) -> dict[int, int]:
    """Return of each row that was asked about the round that did so first, as they stand."""
    rounds: dict[int, int] = {}
    for row, number in zip(queried["row"].tolist(), queried["round"].tolist(), strict=True):
        rounds.setdefault(row, number)
    return rounds


def _asked(queried: pd.DataFrame, room: int, seed: int) -> npt.NDArray[np.int64]:
    """Return rows that were asked about, each once: all, or of each run and round as many."""
    cells = queried[[name for name in ("run", "round", "row") if name in queried]]
    order = generator(seed, "map of questions").permutation(len(cells))
    cells = cells.iloc[order]
    turn = cells.groupby([name for name in cells if name != "row"], sort=False).cumcount()
    rows = cells["row"].to_numpy(dtype=np.int64)[np.argsort(turn.to_numpy(), kind="stable")]
    return np.sort(np.asarray(pd.unique(rows)[:room], dtype=np.int64))
