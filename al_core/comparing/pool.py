"""A map of a run's pool: its texts in two dimensions, and in which round each was asked about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from al_core.comparing.places import Places, by_words
from al_core.corpus.base import Corpus
from al_core.corpus.split import Split
from al_core.seeding import generator

MOST_TEXTS = 3_000
LONGEST = 2_000
"""Letters of a text that count: a map needs no more, and a few huge texts would take long."""
PREVIEW = 200


def pool_points(
    corpus: Corpus, split: Split, queried: pd.DataFrame, seed: int, places: Places = by_words
) -> pd.DataFrame:
    """Return a sample of the pool with what was asked about in it: row, x, y, round, text.

    queried: round, row of one run. x, y: by `places`; round: NaN where never asked; text: its beginning.
    All that was asked about stands in the sample as long as there is room.
    """
    rounds: dict[int, int] = {}
    for row, number in zip(queried["row"].tolist(), queried["round"].tolist(), strict=True):
        rounds.setdefault(row, number)
    asked = np.array(list(rounds)[:MOST_TEXTS], dtype=np.int64)
    rest = np.setdiff1d(split.pool, asked)
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
