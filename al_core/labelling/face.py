"""Everything a page may ask of labelling sessions, or order: part of the workbench's one face."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from al_core import catalogue, paths
from al_core.corpus import Corpus
from al_core.errors import BadInput
from al_core.evaluation.estimates import Share, class_shares
from al_core.labelling import (
    added,
    advice,
    answers,
    claims,
    consensus,
    desk,
    events,
    exporting,
    guidelines,
    importing,
    models,
    sessions,
    simulation,
    summaries,
    team,
    trainers,
)
from al_core.labelling.added import Added, AddedText
from al_core.labelling.advice import Advice
from al_core.labelling.agreement import Agreement
from al_core.labelling.consensus import Opinion
from al_core.labelling.curve import Curve
from al_core.labelling.desk import Given, Offered, Reveal, Saved
from al_core.labelling.exporting import Format, KindOfExport
from al_core.labelling.importing import Brought, Matched
from al_core.labelling.models import ModelVersion
from al_core.labelling.records import UNASKED, Answer, Guideline, LabelSession
from al_core.labelling.settings import LabelSettings
from al_core.labelling.summaries import Summary
from al_core.labelling.trainers import Trainer
from al_core.registry import Entry
from al_core.store.engine import Store
from al_core.worker import starter

Corpora = Callable[[str], Corpus]
"""Gives a corpus by its key, from memory where it can."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session is."""

    texts: int
    """That may be labelled."""
    labelled: int
    """With a label of somebody."""
    counted: int
    """With a label that counts: not one on which people are divided."""
    answers: int
    """Labels of all people together."""
    validation: int
    validation_labelled: int
    disputed: int
    flagged: int
    people: int
    last: datetime | None


class LabelBench:
    """Labelling sessions for pages. Safe to share between threads; holds nothing but the store."""

    def __init__(self, store: Store, corpora: Corpora) -> None:
        """Use a store, and whatever gives corpora by their key."""
        self.store, self._corpora = store, corpora

    # Sessions

    @staticmethod
    def strategies() -> dict[str, Entry[Any]]:
        """Return the query strategies that can ask people: those that need no label nobody has."""
        return {
            name: entry
            for name, entry in catalogue.REGISTRIES["strategies"].items()
            if not (strategy := entry.create({})).reads_pool_labels
            and not strategy.steers_on_test
            and "arrival" not in strategy.needs
        }

    def create(
        self, name: str, corpus_key: str, settings: LabelSettings, text: str = "", author: str = ""
    ) -> str:
        """Begin a session on a corpus, with `text` as its guidelines; return its id.

        Blank texts are left out. Raises `BadInput` in one sentence for what cannot work together.
        """
        settings = self.check(corpus_key, settings)
        corpus = self._corpora(corpus_key)
        items = np.array([row for row, each in enumerate(corpus.texts) if each.strip()], np.int64)
        made = sessions.create(self.store, name, corpus_key, len(corpus), settings, items)
        if text.strip():
            guidelines.write(self.store, made, text, author or "Unknown")
        return made

    def check(self, corpus_key: str, settings: LabelSettings) -> LabelSettings:
        """Return settings with every default written out.

        Raises `BadInput` in one sentence for what cannot work together.
        """
        component = sessions.source(self.store, corpus_key)
        config = catalogue.validated(settings.run_config("Session", component))
        if config.strategy.name not in self.strategies():
            title = catalogue.REGISTRIES["strategies"][config.strategy.name].title
            raise BadInput(f"{title} cannot ask people: it needs labels that nobody has yet.")
        catalogue.check_classes(config, len(settings.classes))
        parts = ("strategy", "features", "classifier", "calibration", "starter")
        return settings.model_copy(update={part: getattr(config, part) for part in parts})

    def clone(self, session_id: str, name: str) -> str:
        """Begin a session like another one, on the same texts, without its labels."""
        session = self.session(session_id)
        told = self.guidelines(session_id)
        text, author = (told[0].text, told[0].author) if told else ("", "")
        made = self.create(name, session.corpus_key, session.label_settings(), text, author)
        added.copy(self.store, session_id, made)
        return made

    def session(self, session_id: str) -> LabelSession:
        """Return one session; raises `BadInput` if there is none of that id."""
        return sessions.session(self.store, session_id)

    def sessions(self, *, archived: bool = False) -> list[LabelSession]:
        """Return all sessions, the newest first."""
        return sessions.list_sessions(self.store, archived=archived)

    def summaries(self) -> dict[str, Summary]:
        """Return labels, people, last answer and models of each session that has any; see `summaries`."""
        return summaries.summaries(self.store)

    def rename(self, session_id: str, name: str) -> None:
        """Give a session another name."""
        sessions.rename(self.store, session_id, name)

    def pause(self, session_id: str) -> None:
        """Hand out no more texts; what is on a screen may still be answered."""
        sessions.pause(self.store, session_id)

    def resume(self, session_id: str) -> None:
        """Undo `pause`."""
        sessions.resume(self.store, session_id)

    def archive(self, session_id: str) -> None:
        """Put a session out of sight; its labels stay."""
        sessions.archive(self.store, session_id)

    def unarchive(self, session_id: str) -> None:
        """Bring a session back, paused."""
        sessions.unarchive(self.store, session_id)

    def guidelines(self, session_id: str) -> list[Guideline]:
        """Return all versions, the newest first."""
        return guidelines.versions(self.store, session_id)

    def write_guidelines(self, session_id: str, text: str, author: str) -> Guideline:
        """Add a version of the guidelines."""
        return guidelines.write(self.store, session_id, text, author)

    # Texts that come later

    def add_text(
        self, session_id: str, uuid: str, text: str, by: str, origin: Mapping[str, Any] | None = None
    ) -> Added:
        """Add a text to a session, to be asked about next; see `added.add`. Raises `BadInput`."""
        return self.add_texts(session_id, {uuid: text}, by, origin)[0]

    def add_texts(
        self, session_id: str, texts: Mapping[str, str], by: str, origin: Mapping[str, Any] | None = None
    ) -> list[Added]:
        """Add several texts, each under its uuid, or none of them; see `added.add`. Raises `BadInput`."""
        own = self._corpora(self.session(session_id).corpus_key).texts
        return added.add(self.store, session_id, own, texts, by, origin)

    def added(self, session_id: str) -> list[AddedText]:
        """Return the texts that were added to a session, by item."""
        return added.listed(self.store, session_id)

    def count_added(self, session_id: str) -> int:
        """Return how many texts were added to a session."""
        with self.store.read() as connection:
            return sessions.added(connection, session_id)

    # The desk

    def offered(self, session: LabelSession, annotator: str, again: int = 0) -> list[Offered]:
        """Return the text to label and those claimed ahead; see `desk.offered`."""
        return desk.offered(self.store, session, annotator, again)

    def skipped_texts(self, session_id: str, annotator: str) -> int:
        """Return how many texts that a person skipped may be seen again by them now."""
        return claims.skipped_texts(self.store, session_id, annotator)

    def undoable(self, session_id: str, annotator: str) -> list[str]:
        """Return the uuids of a person's last events that an undo may take back."""
        return desk.undoable(self.store, session_id, annotator)

    def save(self, session_id: str, annotator: str, outbox: Sequence[Mapping[str, Any]]) -> Saved:
        """Write what a page has not seen saved yet; see `desk.save`."""
        return desk.save(self.store, session_id, annotator, outbox)

    def reveal(self, session: LabelSession, annotator: str) -> Reveal | None:
        """Return what may be told about a person's last answer."""
        return desk.last(self.store, session.id, annotator, self._corpora(session.corpus_key).texts)

    def recent(self, session_id: str, annotator: str) -> list[Given]:
        """Return a person's last answers, the newest first."""
        return desk.recent(self.store, session_id, annotator)

    def lately(self, session_id: str, annotator: str) -> tuple[int, float | None]:
        """Return how many labels of a person stand, and their pace in labels an hour (or None)."""
        return team.lately(self.store, session_id, annotator)

    def renew(self, session_id: str, annotator: str) -> None:
        """Keep a person's texts for them: called while their page is open."""
        claims.renew(self.store, session_id, annotator)

    def release(self, session_id: str, annotator: str) -> None:
        """Give a person's texts back for everybody."""
        claims.release(self.store, session_id, annotator)

    def text(self, session: LabelSession, item: int) -> str:
        """Return one text of a session."""
        return added.text(self.store, session.id, self._corpora(session.corpus_key).texts, item)

    # The model behind it

    def trainer(self, session_id: str) -> Trainer | None:
        """Return what is known of the session's trainer; None if there never was one."""
        return trainers.trainer(self.store, session_id)

    def at_work(self) -> tuple[str, ...]:
        """Return the names of the sessions whose trainer does something now."""
        busy = [each.session_id for each in trainers.active(self.store) if each.progress]
        return tuple(self.session(session_id).name for session_id in busy)

    def train_now(self, session_id: str) -> None:
        """Want a model now; also after failures."""
        trainers.ask(self.store, session_id)

    def model(self, session_id: str) -> ModelVersion | None:
        """Return the newest model, None before the first."""
        return models.latest(self.store, session_id)

    def simulate(self, session: LabelSession, labels: int, pace: float = 0.3) -> None:
        """Let an oracle label as a person would, in a process of its own. Raises `BadInput`."""
        corpus = self._corpora(session.corpus_key)
        simulation.Simulated(self.store, session, corpus)  # says what is missing, here and now
        starter.start_simulating(self.store, session.id, labels, pace)

    # What it is worth

    def latest(self, session_id: str) -> int:
        """Return the number of the last event: while it stays the same, so do the labels."""
        return events.latest(self.store, session_id)

    def progress(self, session: LabelSession, found: Sequence[Opinion] | None = None) -> Progress:
        """Return how far a session is. Cost: reads all its events, unless the opinions are given."""
        found = self.opinions(session.id) if found is None else found
        held_out = set(sessions.validation(self.store, session).tolist())
        told = events.history(self.store, session.id, limit=1)
        return Progress(
            texts=sessions.texts(self.store, session),
            labelled=len(found),
            counted=sum(each.label is not None for each in found),
            answers=sum(len(each.votes) for each in found),
            validation=len(held_out),
            validation_labelled=sum(each.item in held_out and each.label is not None for each in found),
            disputed=sum(each.disputed for each in found),
            flagged=len(answers.flagged(self.store, session.id)),
            people=len({name for each in found for name, _ in each.votes}),
            last=told[0].created_at if told else None,
        )

    def opinions(self, session_id: str) -> list[Opinion]:
        """Return what people say of each text that has a label."""
        return consensus.opinions(self.store, session_id)

    def curve(self, session: LabelSession, found: Sequence[Opinion] | None = None) -> Curve:
        """Return every model, measured on today's random labels, or on those of the opinions given."""
        held_out = sessions.validation(self.store, session)
        counted = consensus.labels(self.opinions(session.id) if found is None else found)
        versions = models.versions(self.store, session.id)
        return Curve(versions, held_out, counted.among(held_out), len(session.label_settings().classes))

    def advice(self, session: LabelSession, curve: Curve) -> Advice:
        """Return whether to go on or to stop, and the evidence."""
        return advice.advise(curve, session.label_settings().seed)

    def verdicts(self, curve: Curve) -> pd.DataFrame:
        """Return what stopping criteria say after each version, for their chart."""
        return advice.verdict_frame(curve)

    def class_shares(self, session: LabelSession, curve: Curve) -> pd.DataFrame:
        """Return the estimated share of each class in the whole pool: class, share, low, high, labelled.

        From the random labels alone; `labelled` is the share among all labels, which is another thing.
        """
        classes = session.label_settings().classes
        counted = consensus.labels(self.opinions(session.id))
        shares: Sequence[Share] = class_shares(curve.drawn.labels, len(classes))
        counts = np.bincount(counted.labels, minlength=len(classes)) / max(1, len(counted))
        lines = [
            (name, np.nan if share.value is None else share.value, share.low, share.high, float(own))
            for name, share, own in zip(classes, shares, counts, strict=True)
        ]
        return pd.DataFrame(lines, columns=["class", "share", "low", "high", "labelled"])

    def asked(self, session_id: str) -> int:
        """Return how many labelled texts a query strategy or a starter asked for."""
        told = answers.asked_for(self.store, session_id)
        return sum(by not in UNASKED for _, by in told)

    # People

    def people(self, session_id: str, found: Sequence[Opinion]) -> pd.DataFrame:
        """Return one line a person; see `team.frame`."""
        return team.frame(self.store, session_id, found)

    def pace(self, session_id: str) -> pd.DataFrame:
        """Return labels per person and five minutes; see `team.pace`."""
        return team.pace(self.store, session_id)

    def agreement(self, found: Sequence[Opinion]) -> dict[str, Agreement]:
        """Return the measures of agreement, by their names."""
        return team.measures(found)

    def flagged(self, session_id: str) -> list[tuple[int, str, str]]:
        """Return item, person and note of each flag that stands."""
        return answers.flagged(self.store, session_id)

    def decide(
        self, session_id: str, item: int, adjudicator: str, label: int, uuid: str, note: str = ""
    ) -> None:
        """Settle a text by an adjudicator's word; sent twice with one uuid, it counts once."""
        answer = Answer(uuid, session_id, item, adjudicator, "decide", label, note)
        events.append(self.store, answer)

    def undo_decision(self, session_id: str, adjudicator: str, uuid: str) -> bool:
        """Take an adjudicator's last decision back; False if there is none."""
        return events.undo(self.store, session_id, adjudicator, uuid, kinds=("decide",)) is not None

    # Labels in and out

    def table(self, session: LabelSession) -> pd.DataFrame:
        """Return one line per text with a label that counts; see `exporting.labels_frame`."""
        return exporting.labels_frame(self.store, session.id, self._corpora(session.corpus_key).texts)

    def export(self, session: LabelSession, kind: KindOfExport, format: Format) -> bytes:
        """Return a file with the labels, answers or events; see `exporting.export`."""
        texts = self._corpora(session.corpus_key).texts
        return exporting.export(self.store, session.id, texts, kind, format)

    def match(self, session: LabelSession, table: pa.Table, **columns: Any) -> Matched:
        """Find the texts and classes of a table's rows; see `importing.match` for the columns."""
        texts = added.texts(self.store, session.id, self._corpora(session.corpus_key).texts)
        return importing.match(table, texts, session.label_settings().classes, **columns)

    def known(self, session: LabelSession) -> Matched:
        """Match the labels that the corpus came with to the session's classes."""
        corpus = self._corpora(session.corpus_key)
        return importing.known(corpus.labels, corpus.classes, session.label_settings().classes)

    def bring(
        self, session_id: str, matched: Matched, origin: str, progress: Callable[[float], None] | None = None
    ) -> Brought:
        """Append labels that were matched; see `importing.bring`."""
        return importing.bring(self.store, session_id, matched, origin, progress=progress)

    @staticmethod
    def log(session_id: str, characters: int = 20_000) -> str:
        """Return the end of what the trainer has logged."""
        path = paths.labelling(session_id) / "log.txt"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - characters))
            return file.read().decode("utf-8", errors="replace")
