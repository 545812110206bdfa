"""One session at one moment: what its page shows on every tab, worked out once for everybody who looks."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from al_core.labelling.advice import Advice
from al_core.labelling.agreement import Agreement
from al_core.labelling.consensus import Opinion
from al_core.labelling.curve import Curve
from al_core.labelling.face import Progress
from al_core.labelling.models import ModelVersion
from al_core.labelling.records import LabelSession
from pages.parts.bench import bench

ALPHA = "Krippendorff's alpha"


@dataclass(frozen=True)
class Evidence:
    """What labels and models say. Costs a look at all events."""

    opinions: list[Opinion]
    progress: Progress
    curve: Curve
    advice: Advice
    agreement: dict[str, Agreement]


@dataclass(frozen=True)
class Now:
    """A session as it stands."""

    session: LabelSession
    event: int
    """The last one: what a button was drawn on."""
    added: int
    """Texts that came after the session began."""
    evidence: Evidence

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the classes."""
        return self.session.label_settings().classes

    @property
    def model(self) -> ModelVersion | None:
        """Return the newest model; None before the first."""
        versions = self.evidence.curve.versions
        return versions[-1] if versions else None

    @property
    def key(self) -> tuple[str, int, int, bool]:
        """Return what charts go by: while it stays the same, so do they."""
        return self.session.id, self.event, *_of(self.model)


def look(session_id: str) -> Now:
    """Return a session as it stands. Raises `BadInput` if there is none."""
    labelling = bench().labelling
    session, event = labelling.session(session_id), labelling.latest(session_id)
    added = labelling.count_added(session_id)
    version, done = _of(labelling.model(session_id))
    found = _evidence(bench().store.url, session_id, event, version, done, added, session)
    return Now(session, event, added, found)


def _of(model: ModelVersion | None) -> tuple[int, bool]:
    """Return version, and whether the closer look at it is done."""
    return (0, False) if model is None else (model.version, "paying" in model.details)


@st.cache_resource(max_entries=8, show_spinner=False)
def _evidence(
    url: str, session_id: str, event: int, version: int, done: bool, added: int, _session: LabelSession
) -> Evidence:
    del url, event, version, done, added
    labelling = bench().labelling
    found = labelling.opinions(session_id)
    curve = labelling.curve(_session, found)
    return Evidence(
        opinions=found,
        progress=labelling.progress(_session, found),
        curve=curve,
        advice=labelling.advice(_session, curve),
        agreement=labelling.agreement(found),
    )
