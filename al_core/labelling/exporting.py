"""Labels that leave a session, with where each came from: data frames, CSV, JSON lines, Parquet."""

from __future__ import annotations

import json
import math
import os
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Row, select

from al_core.errors import BadInput, Unavailable
from al_core.labelling import added, consensus, guidelines, sessions
from al_core.labelling.answers import ANSWERS
from al_core.labelling.consensus import Opinion
from al_core.labelling.records import IMPORT, Guideline, LabelSession, Standing
from al_core.store.engine import Store
from al_core.store.schema import label_events, now
from al_core.tables import to_csv

KindOfExport = Literal["labels", "answers", "events"]
Format = Literal["csv", "jsonl", "parquet"]

_MOMENT = pa.timestamp("us", tz="UTC")
_TEXT: tuple[tuple[str, pa.DataType], ...] = (("row", pa.int64()), ("text", pa.large_string()))
_ASKED = (
    ("note", pa.string()),
    ("origin", pa.string()),
    ("asked_by", pa.string()),
    ("model_version", pa.string()),
    ("rank", pa.int64()),
    ("score", pa.float64()),
    ("suggestion_shown", pa.bool_()),
    ("milliseconds", pa.int64()),
    ("client_at", _MOMENT),
    ("saved_at", _MOMENT),
    ("guideline_version", pa.int64()),
    ("validation", pa.bool_()),
    ("sent_by", pa.string()),
)
_SCHEMAS: dict[str, pa.Schema] = {
    "labels": pa.schema(
        (
            *_TEXT,
            ("label", pa.string()),
            ("votes", pa.string()),
            ("decided_by", pa.string()),
            ("validation", pa.bool_()),
            ("sent_by", pa.string()),
        )
    ),
    "answers": pa.schema(
        (
            *_TEXT,
            ("label", pa.string()),
            ("kind", pa.string()),
            ("annotator", pa.string()),
            ("counts", pa.string()),
            ("agreed", pa.bool_()),
            ("flags", pa.string()),
            *_ASKED,
            ("uuid", pa.string()),
        )
    ),
    "events": pa.schema(
        (
            ("event", pa.int64()),
            *_TEXT,
            ("kind", pa.string()),
            ("label", pa.string()),
            ("previous", pa.string()),
            ("annotator", pa.string()),
            ("undone", pa.bool_()),
            ("undoes", pa.int64()),
            *_ASKED,
            ("uuid", pa.string()),
        )
    ),
}


def labels_frame(store: Store, session_id: str, texts: Sequence[str]) -> pd.DataFrame:
    """Return one row per text that has a label that counts, by row. Raises `BadInput`.

    `sent_by`: who added the text to the session, "" for a text of its corpus.
    """
    return _frame(table(store, session_id, texts, "labels"))


def answers_frame(store: Store, session_id: str, texts: Sequence[str]) -> pd.DataFrame:
    """Return one row per answer that stands, and per adjudicator's decision, by row and person.

    `counts`: the label that counts for the text; `agreed`: nobody differs; `flags`: who flagged the
    text, and why; `asked_by`: a query strategy, a starter, "random", "sent", or "" when nobody asked;
    `rank`: from 0. Moments are UTC. Raises `BadInput`.
    """
    return _frame(table(store, session_id, texts, "answers"))


def events_frame(store: Store, session_id: str, texts: Sequence[str]) -> pd.DataFrame:
    """Return the whole history, one row per event, the oldest first. Raises `BadInput`."""
    return _frame(table(store, session_id, texts, "events"))


def export(store: Store, session_id: str, texts: Sequence[str], kind: KindOfExport, format: Format) -> bytes:
    """Return a file with the labels, answers or events of a session. Raises `BadInput`.

    Cost: 40,000 labels take about 3 s, and the memory of a few copies of their texts.
    """
    return written(table(store, session_id, texts, kind), format)


def table(store: Store, session_id: str, texts: Sequence[str], kind: KindOfExport) -> pa.Table:
    """Return what `export` writes; the schema's metadata tell of the session. Raises `BadInput`.

    texts: those of the corpus; what was added to the session comes from the store.
    """
    if kind not in _SCHEMAS:
        raise BadInput(f"One can export {', '.join(_SCHEMAS)}, not {kind!r}.")
    session = sessions.session(store, session_id)
    if len(texts) != session.rows:
        raise BadInput(
            f"The session {session.name} labels {session.rows:,} texts, but the corpus given has "
            f"{len(texts):,}; give the corpus {session.corpus_key}."
        )
    with store.read() as connection:
        mine = select(label_events).where(label_events.c.session_id == session_id)
        events = connection.execute(mine.order_by(label_events.c.id)).all()
    # Read after the events: whatever has one is there.
    more = added.listed(store, session_id)
    record = _Record(
        session=session,
        texts=[*texts, *(each.text for each in more)],
        senders={each.item: each.added_by for each in more},
        events=events,
        validation=frozenset(sessions.validation(store, session).tolist()),
        # Read after the events: what was in force when the last of them was saved is there.
        guidelines=guidelines.versions(store, session_id)[::-1],
    )
    rows: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "labels": record.labels,
        "answers": record.answers,
        "events": record.history,
    }
    return pa.Table.from_pylist(rows[kind](), _SCHEMAS[kind].with_metadata(_about(session)))


def written(found: pa.Table, format: Format) -> bytes:
    """Return a table as the bytes of a file. Raises `BadInput` for a format that there is not."""
    match format:
        case "csv":
            return to_csv(_frame(_with_iso_times(found)))
        case "jsonl":
            lines = (
                json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False)
                for row in _with_iso_times(found).to_pylist()
            )
            return "".join(f"{line}\n" for line in lines).encode()
        case "parquet":
            sink = pa.BufferOutputStream()
            pq.write_table(found, sink, compression="zstd")
            return sink.getvalue().to_pybytes()
        case _:
            raise BadInput(f"Labels are written as {', '.join(get_args(Format))}, not as {format!r}.")


def save(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in place of an older one.

    Raises `BadInput` if it cannot be there, `Unavailable` if the system does not let it be written.
    """
    check_place(path)
    # Not by `tempfile`, whose files nobody else may read.
    temporary = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        why = error.strerror or error
        raise Unavailable(f"{path} cannot be written ({why}); choose another folder, or free it.") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_place(path: Path) -> None:
    """Raise `BadInput` if a file cannot be there: no folder, or a folder of that name."""
    if not path.parent.is_dir():
        raise BadInput(
            f"There is no folder {path.parent}; make it first, or choose another one for {path.name}."
        )
    if path.is_dir():
        raise BadInput(f"{path} is a folder; give the file in it a name.")


@dataclass(frozen=True, eq=False)
class _Record:
    """A session's events at one moment, and what they are told with."""

    session: LabelSession
    texts: Sequence[str]
    senders: Mapping[int, str]
    """Who added a text that is not of the corpus."""
    events: Sequence[Row[*tuple[Any, ...]]]
    validation: frozenset[int]
    guidelines: Sequence[Guideline]
    """The oldest first."""

    def labels(self) -> list[dict[str, Any]]:
        """Return a row for each text with a label that counts."""
        return [
            self._text(each.item)
            | {
                "label": self._name(each.label),
                "votes": "; ".join(f"{who}: {self._name(label)}" for who, label in each.votes),
                "decided_by": self._decided.get(each.item, ("",))[0],
                "validation": each.item in self.validation,
                "sent_by": self.senders.get(each.item, ""),
            }
            for each in self._opinions.values()
            if each.label is not None
        ]

    def answers(self) -> list[dict[str, Any]]:
        """Return a row for each answer and decision that stands."""
        flags: dict[int, list[str]] = defaultdict(list)
        for event in self._standing("flag"):
            flags[event.item].append(": ".join(filter(None, (event.annotator, event.note))))
        decisions = {(event.item, event.annotator): event for event in self._standing("decide")}
        found = [*self._said.values(), *decisions.values()]
        return [
            self._asked(event)
            | self._opinion(event.item)
            | {"flags": "; ".join(flags[event.item]) if event.item in flags else ""}
            for event in sorted(found, key=lambda each: (each.item, each.kind == "decide", each.annotator))
        ]

    def history(self) -> list[dict[str, Any]]:
        """Return a row for each event."""
        return [
            self._asked(event)
            | {
                "event": event.id,
                "previous": self._name(event.previous),
                "undone": event.id in self._undone,
                "undoes": event.undoes,
            }
            for event in self.events
        ]

    @cached_property
    def _classes(self) -> tuple[str, ...]:
        return self.session.label_settings().classes

    @cached_property
    def _undone(self) -> frozenset[int]:
        return frozenset(event.undoes for event in self.events if event.undoes is not None)

    @cached_property
    def _said(self) -> dict[tuple[int, str], Row[*tuple[Any, ...]]]:
        """The event by which each person's answer on a text stands."""
        return {(event.item, event.annotator): event for event in self._standing(*ANSWERS)}

    @cached_property
    def _decided(self) -> dict[int, tuple[str, int]]:
        """The last decision on a text: by whom, and which class."""
        return {event.item: (event.annotator, event.label) for event in self._standing("decide")}

    @cached_property
    def _opinions(self) -> dict[int, Opinion]:
        said = (
            Standing(event.item, event.annotator, event.label, event.id, event.created_at)
            for event in self._said.values()
        )
        decided = {item: label for item, (_, label) in self._decided.items()}
        return {each.item: each for each in consensus.gathered(said, decided)}

    @cached_property
    def _versions(self) -> list[Any]:
        return [each.created_at for each in self.guidelines]

    def _standing(self, *kinds: str) -> list[Row[*tuple[Any, ...]]]:
        return [event for event in self.events if event.kind in kinds and event.id not in self._undone]

    def _text(self, item: int) -> dict[str, Any]:
        return {"row": item, "text": self.texts[item]}

    def _name(self, label: int | None) -> str | None:
        return None if label is None else self._classes[label]

    def _opinion(self, item: int) -> dict[str, Any]:
        opinion = self._opinions.get(item)
        if opinion is None:
            return {"counts": None, "agreed": True}
        said = {label for _, label in opinion.votes} | {opinion.decision} - {None}
        return {"counts": self._name(opinion.label), "agreed": len(said) <= 1}

    def _asked(self, event: Row[*tuple[Any, ...]]) -> dict[str, Any]:
        brought = event.strategy == IMPORT
        version = bisect_right(self._versions, event.created_at)
        same = ("kind", "annotator", "model_version", "rank", "score", "suggestion_shown")
        same += ("milliseconds", "client_at", "uuid")
        return (
            self._text(event.item)
            | {name: getattr(event, name) for name in same}
            | {
                "label": self._name(event.label),
                "note": "" if brought else event.note,
                "origin": event.note if brought else "",
                "asked_by": "" if brought or event.strategy is None else event.strategy,
                "saved_at": event.created_at,
                "guideline_version": self.guidelines[version - 1].version if version else None,
                "validation": event.item in self.validation,
                "sent_by": self.senders.get(event.item, ""),
            }
        )


def _about(session: LabelSession) -> dict[str, str]:
    return {
        "session": session.id,
        "name": session.name,
        "settings": json.dumps(session.settings, ensure_ascii=False),
        "corpus": session.corpus_key,
        "classes": json.dumps(session.label_settings().classes, ensure_ascii=False),
        "exported_at": now().isoformat(),
    }


def _frame(found: pa.Table) -> pd.DataFrame:
    # Whole numbers with gaps stay whole numbers.
    return found.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)


def _with_iso_times(found: pa.Table) -> pa.Table:
    for place, field in enumerate(found.schema):
        if field.type == _MOMENT:
            told = [moment and moment.isoformat() for moment in found.column(place).to_pylist()]
            found = found.set_column(place, field.name, pa.array(told, pa.string()))
    return found


def _plain(value: Any) -> Any:
    # JSON has no NaN and no infinity.
    return None if isinstance(value, float) and not math.isfinite(value) else value
