"""Labels brought from outside: matched to texts and classes first, then appended with their origin."""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from al_core.corpus.base import UNKNOWN
from al_core.errors import BadInput
from al_core.labelling import events, people, rankings, sessions
from al_core.labelling.records import IMPORT, Answer
from al_core.store.engine import Collision, Store

EXAMPLES = 5
BATCH = 250
"""Labels per transaction: the longest that a person at the keys waits is what one takes."""
PAUSE = 0.03
"""Seconds between two transactions, in which those who wait for SQLite's write lock find it free."""

_LONGEST_EXAMPLE = 100
_NAMESPACE = UUID("6f0b5a0e-3a57-4c55-9a3e-0d6c1c6c7b1e")
_INTEGER = re.compile(r"([+-]?\d{1,18})(\.0+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Before these `tables.to_csv` puts an apostrophe."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many rows do not match for one reason, and the first few different ones."""

    count: int = 0
    examples: tuple[tuple[int, str], ...] = ()
    """Number of the row, from 1, and what it holds, shortened."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Which texts get which labels; nothing is stored yet."""

    rows: int
    """Rows looked at."""
    items: npt.NDArray[np.int64]
    """Texts of the session (n,): rows of its corpus, or such as were added."""
    labels: npt.NDArray[np.int32]
    """Classes of the session (n,)."""
    annotators: tuple[str, ...]
    """Who said so (n), "" where that is not known."""
    repeated: int = 0
    """Rows that say once more what another row says."""
    unknown_text: LeftOut = LeftOut()
    unknown_class: LeftOut = LeftOut()
    no_label: LeftOut = LeftOut()
    bad_name: LeftOut = LeftOut()
    """Names of annotators that cannot be one."""
    conflicting: LeftOut = LeftOut()
    """One text with different labels of one person: none of them is taken."""

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of the labels that matched."""

    added: int
    already: int
    """Were there before, by this import or another one."""
    answered: int
    """Left out because this person answered the text in the session itself."""
    validation: int
    """Left out because people label the random validation set anew."""
    outside: int
    """Left out because the session does not label these texts."""


def match(
    table: pa.Table,
    texts: Sequence[str],
    classes: Sequence[str],
    *,
    label: str,
    text: str | None = None,
    row: str | None = None,
    annotator: str | None = None,
) -> Matched:
    """Find the corpus row and the class of each row of a table as `read_table` gives it.

    The four are names of columns. The row number (from 0) decides where there is one, and has to
    hold the text where that is chosen too; else the exact text does, of equal ones the first. The
    name of a class counts as it is written, else without regard to case. Raises `BadInput`.
    Cost: 40,000 rows take about 0.2 s.
    """
    if text is None and row is None:
        raise BadInput("Choose the column with the texts, or the one with their row numbers.")
    labels = _column(table, label)
    names = _column(table, annotator) if annotator is not None else [None] * len(labels)
    escaped = b"delimiter" in (table.schema.metadata or {})
    class_of = _Classes(classes, escaped)
    places = _Places(texts, escaped)
    by_text = _column(table, text) if text is not None else [None] * len(labels)
    by_row = _column(table, row) if row is not None else [None] * len(labels)
    unknown_text, unknown_class, no_label, bad_name, conflicting = (_Tally() for _ in range(5))
    said: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    cells = zip(labels, by_text, by_row, names, strict=True)
    for number, (told, cell, place, name) in enumerate(cells, 1):
        found = class_of(told)
        item = places.of_text(cell or "") if row is None else places.of_row(place, cell)
        who = _name(name, escaped)
        if found is None and (told is None or told.strip().casefold() in ("", "nan")):
            no_label.add(number, told)
        elif item is None:
            unknown_text.add(number, place if cell is None else cell)
        elif found is None:
            unknown_class.add(number, told)
        elif who is None:
            bad_name.add(number, name)
        else:
            said[item, who].append((number, found))
    kept: list[tuple[int, int, str]] = []
    repeated = 0
    for (item, who), each in said.items():
        if len({found for _, found in each}) == 1:
            kept.append((item, each[0][1], who))
            repeated += len(each) - 1
        else:
            for number, _ in each:
                conflicting.add(number, str(texts[item]))
    return Matched(
        rows=len(labels),
        items=np.array([item for item, _, _ in kept], np.int64),
        labels=np.array([found for _, found, _ in kept], np.int32),
        annotators=tuple(who for _, _, who in kept),
        repeated=repeated,
        unknown_text=unknown_text.told(),
        unknown_class=unknown_class.told(),
        no_label=no_label.told(),
        bad_name=bad_name.told(),
        conflicting=conflicting.told(),
    )


def known(labels: npt.NDArray[np.int32], names: Sequence[str], classes: Sequence[str]) -> Matched:
    """Match the labels (n,) that a corpus came with, and its classes, to those of a session."""
    class_of = _Classes(classes, escaped=False)
    # One more at the end, to which UNKNOWN points.
    places = np.array([*(-1 if (found := class_of(name)) is None else found for name in names), -1], np.int32)
    found = np.where(labels == UNKNOWN, -1, places[labels])
    items = np.flatnonzero(found >= 0)
    unknown_class = _Tally()
    for item in np.flatnonzero((found < 0) & (labels != UNKNOWN)).tolist():
        unknown_class.add(item + 1, names[int(labels[item])])
    return Matched(
        rows=len(labels),
        items=items.astype(np.int64),
        labels=found[items].astype(np.int32),
        annotators=("",) * len(items),
        unknown_class=unknown_class.told(),
        no_label=LeftOut(int((labels == UNKNOWN).sum())),
    )


def bring(
    store: Store,
    session_id: str,
    matched: Matched,
    origin: str,
    annotator: str = "imported",
    progress: Callable[[float], None] | None = None,
) -> Brought:
    """Append one label per match, its note being the origin; what is there already adds nothing.

    annotator: whose the labels without a name are. progress: is told the share done. Raises
    `BadInput`, and has written nothing then. Killed, it leaves whole transactions, and goes on when
    it is asked again. Cost: 40,000 labels take about 10 s on SQLite; nobody else waits for more
    than one transaction of `BATCH`.
    """
    session = sessions.session(store, session_id)
    default, origin = people.checked(annotator), origin.strip()
    if not origin:
        raise BadInput("Say where the labels come from, for example “Imported from labels.csv”.")
    n_classes = len(session.label_settings().classes)
    if len(matched) and not 0 <= matched.labels.min() <= matched.labels.max() < n_classes:
        raise BadInput(f"The labels were matched to other classes than the {n_classes} of this session.")
    pool = rankings.items(store, session.random_id)
    with store.read() as connection:
        texts = session.rows + sessions.added(connection, session.id)
    inside = np.isin(matched.items, np.concatenate([pool, np.arange(session.rows, texts)]))
    validation = np.isin(matched.items, pool[: session.label_settings().validation])
    wanted: dict[tuple[str, int], int] = {}
    for place in np.flatnonzero(inside & ~validation).tolist():
        wanted.setdefault((matched.annotators[place] or default, int(matched.items[place])), place)
    # By person: each transaction then waits for few people.
    answers = [
        Answer(
            uuid=_uuid(session.id, origin, item, who, int(matched.labels[place])),
            session_id=session.id,
            item=item,
            annotator=who,
            kind="label",
            label=int(matched.labels[place]),
            note=origin,
        )
        for (who, item), place in sorted(wanted.items())
    ]
    new = answered = 0
    for start in range(0, len(answers), BATCH):
        if start:
            time.sleep(PAUSE)
        written, own = _append(store, session.id, answers[start : start + BATCH])
        new, answered = new + written, answered + own
        if progress is not None:
            progress(min(1.0, (start + BATCH) / len(answers)))
    return Brought(
        added=new,
        already=int((inside & ~validation).sum()) - new - answered,
        answered=answered,
        validation=int(validation.sum()),
        outside=int((~inside).sum()),
    )


def _append(store: Store, session_id: str, batch: Sequence[Answer]) -> tuple[int, int]:
    while True:
        try:
            return events.append_labels(store, session_id, batch, IMPORT)
        except Collision:
            continue


def _uuid(*parts: str | int) -> str:
    return str(uuid5(_NAMESPACE, json.dumps(parts)))


@dataclass(slots=True)
class _Tally:
    count: int = 0
    examples: dict[str, int] = field(default_factory=dict)

    def add(self, number: int, cell: str | None) -> None:
        self.count += 1
        if len(self.examples) < EXAMPLES:
            cell = cell or ""
            short = cell if len(cell) <= _LONGEST_EXAMPLE else f"{cell[: _LONGEST_EXAMPLE - 1]}…"
            self.examples.setdefault(short, number)

    def told(self) -> LeftOut:
        return LeftOut(self.count, tuple((number, cell) for cell, number in self.examples.items()))


class _Classes:
    """Names to classes, each different cell looked up once."""

    def __init__(self, classes: Sequence[str], escaped: bool) -> None:
        self._exact = {name: place for place, name in enumerate(classes)}
        self._folded: dict[str, int | None] = {}
        for name, place in self._exact.items():
            folded = name.strip().casefold()
            self._folded[folded] = None if folded in self._folded else place
        self._escaped = escaped
        self._known: dict[str | None, int | None] = {None: None}

    def __call__(self, cell: str | None) -> int | None:
        if cell not in self._known:
            self._known[cell] = self._look_up(cell or "")
        return self._known[cell]

    def _look_up(self, cell: str) -> int | None:
        spellings = [each for raw in (cell, cell.strip()) for each in _spellings(raw, self._escaped)]
        if whole := _INTEGER.fullmatch(cell.strip()):
            spellings.append(whole[1])  # a gap in a column of whole numbers makes them 1.0
        exact = next((self._exact[each] for each in spellings if each in self._exact), None)
        if exact is not None:
            return exact
        folded = (self._folded.get(each.strip().casefold()) for each in spellings)
        return next((each for each in folded if each is not None), None)


class _Places:
    """Cells to rows of the corpus."""

    def __init__(self, texts: Sequence[str], escaped: bool) -> None:
        self._texts, self._escaped = texts, escaped
        self._first: dict[str, int] = {}
        for row, text in enumerate(texts):
            self._first.setdefault(text, row)

    def of_text(self, cell: str) -> int | None:
        """Return the first row of a text; None too where two texts could be meant."""
        found = {self._first.get(each) for each in _spellings(cell, self._escaped)} - {None}
        return found.pop() if len(found) == 1 else None

    def of_row(self, cell: str | None, text: str | None) -> int | None:
        """Return the row of that number, None where there is none or it holds another text."""
        whole = _INTEGER.fullmatch((cell or "").strip())
        row = int(whole[1]) if whole else -1
        if not 0 <= row < len(self._texts):
            return None
        same = text is None or self._texts[row] in _spellings(text, self._escaped)
        return row if same else None


def _spellings(cell: str, escaped: bool) -> Iterable[str]:
    """Return what a cell of a spreadsheet may stand for: itself, or what was escaped in it."""
    return (cell, cell[1:]) if escaped and cell[:1] == "'" and cell[1:].startswith(_FORMULA) else (cell,)


def _name(cell: str | None, escaped: bool) -> str | None:
    """Return the annotator in a cell, "" where it is empty, None where it cannot be one."""
    if cell is None or not cell.strip():
        return ""
    try:
        return people.checked(list(_spellings(cell, escaped))[-1])
    except BadInput:
        return None


def _column(table: pa.Table, name: str) -> list[str | None]:
    if name not in table.column_names:
        raise BadInput(f"There is no column {name!r}; the columns are: {', '.join(table.column_names)}.")
    cells = table.column(name).to_pylist()
    return [None if cell is None or cell != cell else str(cell) for cell in cells]
