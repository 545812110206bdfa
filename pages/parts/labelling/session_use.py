"""From a labelling session to a decision: at which threshold, and its newest model promoted."""

from __future__ import annotations

from functools import partial

import streamlit as st

from al_core.deploy.face import Promotion
from al_core.evaluation.criteria import Measured, measured
from al_core.labelling.learning import CALIBRATION
from al_core.store.models import ModelRecord
from pages.parts.bench import bench
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_now import Now
from pages.parts.models.criteria import ask_criteria, say
from pages.parts.models.deciding import draw_the_line, line_now, show_evidence, what_is_positive
from pages.parts.models.promoting import promoting
from pages.parts.words import plain


def use(now: Now) -> None:
    """Draw the decision, measured on the random labels that no model learned from, and the promotion."""
    if now.model is None:
        st.caption("Appears with the first model.")
        return
    models, session, version = bench().models, now.session, now.model.version
    found, line, held = models.session_decisions(session.id, version), None, None
    if found is not None:
        told = f"Model {version:,}, measured on {count(found.n, 'random label')} that it was not trained on"
        calibrated = session.label_settings().calibration.name != "none"
        if calibrated and now.model.validation_labels >= CALIBRATION:
            told += "; they also calibrate it"
        st.caption(f"{told}.")
        what_is_positive(now.classes)
        above = st.container()
        line = draw_the_line(session.id, found, now.classes)
        with above:
            _criteria(version, measured(line.of(found), line.prices))
        show_evidence(found, line)
        held = partial(line_now, session.id, found)
    elif len(now.classes) == 2:
        st.caption("The threshold can be chosen once there are random labels to measure by.")

    def promote(promotion: Promotion) -> int:
        return models.promote_session(session.id, version, promotion)

    def before() -> list[ModelRecord]:
        return [each for each in models.models() if each.session_id == session.id]

    promoting(session.id, session.name, promote, before, line, held)


def _criteria(version: int, found: Measured) -> None:
    """Ask for criteria, and say what became of each."""
    wanted = ask_criteria(two=True)
    if not wanted:
        st.caption("Set any of them, and see whether this model meets it.")
        return
    checks = wanted.checks(found)
    say(f"Model {version:,}", all(check.met for check in checks))
    st.caption(plain(" · ".join(f"{'✓' if each.met else '✗'} {each.title}: {each.value}" for each in checks)))
