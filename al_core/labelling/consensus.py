"""The label that counts for each text: an adjudicator's word, else what most people say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from al_core.labelling import answers
from al_core.labelling.records import Standing
from al_core.store.engine import Store
from al_core.store.schema import label_events


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people say of one text, and what counts."""

    item: int
    votes: tuple[tuple[str, int], ...]
    """Person and label, in the order of the names; skips are none."""
    decision: int | None = None
    """The adjudicator's word."""

    @property
    def label(self) -> int | None:
        """Return the label that counts; None while as many people say one thing as another."""
        if self.decision is not None:
            return self.decision
        first, *others = Counter(label for _, label in self.votes).most_common(2)
        return None if others and others[0][1] == first[1] else first[0]

    @property
    def disputed(self) -> bool:
        """Tell whether people differ and nobody has decided."""
        return self.decision is None and len({label for _, label in self.votes}) > 1


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The labels that count, as arrays: corpus rows (n,), ascending, and classes (n,)."""

    items: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.items)

    def among(self, rows: npt.NDArray[np.int64], inside: bool = True) -> Labels:
        """Return those whose text is (or is not) among some rows."""
        chosen = np.isin(self.items, rows) == inside
        return Labels(self.items[chosen], self.labels[chosen])


def opinions(store: Store, session_id: str) -> list[Opinion]:
    """Return every text that somebody labelled or decided, by item. Cost: reads all events."""
    return gathered(answers.current(store, session_id), decisions(store, session_id))


def gathered(standings: Iterable[Standing], decided: dict[int, int]) -> list[Opinion]:
    """Join what people say with what was decided, by item."""
    votes: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for each in standings:
        if each.label is not None:
            votes[each.item].append((each.annotator, each.label))
    return [
        Opinion(item, tuple(sorted(votes[item])), decided.get(item))
        for item in sorted(votes.keys() | decided.keys())
    ]


def labels(found: Iterable[Opinion]) -> Labels:
    """Return the labels that count; a text on which people are divided has none."""
    known = [(each.item, label) for each in found if (label := each.label) is not None]
    pairs = np.array(known, np.int64).reshape(-1, 2)
    return Labels(pairs[:, 0], pairs[:, 1].astype(np.int32))


def decisions(store: Store, session_id: str) -> dict[int, int]:
    """Return the adjudicators' word on each text, the last one where there are several."""
    statement = (
        select(label_events.c.item, label_events.c.label)
        .where(label_events.c.session_id == session_id, label_events.c.kind == "decide", ~answers.undone())
        .order_by(label_events.c.id)
    )
    with store.read() as connection:
        return {row.item: row.label for row in connection.execute(statement)}
