"""From a run to a decision: which round, at which threshold, and its model promoted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from al_core.deploy.face import Promotion
from al_core.evaluation.decisions import Outcome
from al_core.store.models import ModelRecord, Origin
from al_core.store.records import RunRecord
from pages.parts.bench import bench
from pages.parts.models.criteria import ask_criteria
from pages.parts.models.deciding import (
    confirmation,
    draw_the_line,
    line_now,
    show_evidence,
    what_is_positive,
)
from pages.parts.models.promoting import promoting
from pages.parts.run_criteria import own_criteria, round_decisions, run_criteria
from pages.parts.words import round_title

BEST, ROUND = "best", "round"


def decide(run: RunRecord) -> None:
    """Draw the criteria, the decision and the promotion of one round's model."""
    kept = bench().models.rounds(run.id)
    if not kept:
        st.caption(
            "Appears with the first round."
            if run.rounds_done == 0 and run.state != "finished"
            else "No model of this run is on this machine: an earlier version made it, or another machine. "
            "Run it again here to promote one."
        )
        run_criteria(run, kept)
        return
    above = st.container()
    number = _round(run.id, kept)
    models, classes = bench().models, bench().classes(run)
    found, line = round_decisions(run.id, number), None
    if found is not None:
        line = draw_the_line(f"{run.id}-{number}", found, classes)
    with above:
        if found is not None:
            what_is_positive(classes)
        own_criteria(run, kept, number, ask_criteria(two=found is not None), line)
        run_criteria(run, kept)
    if found is not None and line is not None:
        show_evidence(found, line)

        def confirm(threshold: float) -> Outcome:
            return models.confirm(run.id, number, threshold)

        looks = models.looks(run.id)
        mine = [threshold for each, threshold in looks if each == number]
        confirmation(f"{run.id}-{number}", line, confirm, mine, len(looks))

    def promote(promotion: Promotion) -> int:
        return models.promote(Origin(run_id=run.id, round=number), promotion)

    def before() -> list[ModelRecord]:
        return [each for each in models.models() if (each.run_id, each.round) == (run.id, number)]

    now = None if found is None else partial(line_now, f"{run.id}-{number}", found)
    # Not by the round: while a run goes on the best one changes, and with it what is typed would go.
    promoting(run.id, run.name, promote, before, line, now)


def _round(run_id: str, kept: Sequence[int]) -> int:
    """Draw the choice of a round, which stands in the address, and return it.

    While the run goes on, the best is followed until somebody chooses.
    """
    best, key = bench().models.best_round(run_id, kept), f"decide-round-{run_id}"
    named = st.query_params.get(ROUND, "")
    st.session_state[key] = next((each for each in kept if str(each) == named), BEST)
    chosen = st.selectbox(
        "Round",
        [BEST, *kept[::-1]],
        format_func=lambda each: (
            f"Least validation loss: {round_title(best).lower()}" if each == BEST else round_title(int(each))
        ),
        key=key,
        on_change=_keep,
        args=(key,),
        width=360,
    )
    return best if chosen == BEST else int(chosen)


def _keep(key: str) -> None:
    if (chosen := st.session_state[key]) == BEST:
        st.query_params.pop(ROUND, None)
    else:
        st.query_params[ROUND] = str(chosen)
