"""Which of the compared runs were tested on texts that also stood in training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from al_core.comparing.groups import Group
from al_core.config import SplitSettings
from al_core.corpus.base import Corpus
from al_core.corpus.split import make_split
from al_core.errors import WorkbenchError
from al_core.planning import flatters
from al_core.store.records import RunRecord

CorpusOf = Callable[[str], Corpus]
CopiesOf = Callable[[str], npt.NDArray[np.int64]]


def leaks(
    groups: Sequence[Group], corpus: CorpusOf, copies: CopiesOf, corpus_title: Callable[[RunRecord], str]
) -> list[str]:
    """Return a sentence for each corpus and split of which test texts also stand in training.

    Counted for the first seed; other seeds may differ a little. Nothing is said of a corpus that is not here.
    Cost: half a second for 50,000 texts, the first time; nothing where copies stay on one side of the split.
    """
    firsts = [group.runs[0] for group in groups]
    several = len({run.corpus_key for run in firsts}) > 1
    told: list[str] = []
    for run in firsts:
        config = run.run_config()
        if config.split.group_duplicates:
            continue
        try:
            split = config.split.model_dump_json()
            leaked, test = _counted(corpus, copies, run.corpus_key, split, config.seed)
        except WorkbenchError:
            continue
        if leaked:
            told.append(flatters(leaked, test, corpus_title(run) if several else ""))
    return list(dict.fromkeys(told))


@lru_cache(maxsize=64)
def _counted(corpus: CorpusOf, copies: CopiesOf, key: str, split: str, seed: int) -> tuple[int, int]:
    """Return how many test texts have a copy in training, and how many there are."""
    settings, texts = SplitSettings.model_validate_json(split), corpus(key)
    cut = make_split(texts.labels, copies(key), settings, seed, texts.classes)
    return cut.leaked_test, len(cut.test)
