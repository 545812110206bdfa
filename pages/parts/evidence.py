"""What a run has shown so far: numbers and charts. With more than two classes, FN and FP are one number."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.store.records import RunRecord
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.first_texts import first_texts
from pages.parts.headline import headline
from pages.parts.words import round_title

LATEST = "Latest"
CALIBRATED = (
    "Of the texts that a calibrated model is 80% sure of, 80 in 100 are right; the calibration error is "
    "the mean gap. Larger points: more texts."
)


def learning(run: RunRecord) -> None:
    """Draw what the labels bought, and how the training went."""
    rounds, epochs = bench().rounds(run.id), bench().epochs(run.id)
    two = _two(run)
    headline(rounds, two)
    strategy = run.config["strategy"]["name"]
    title = bench().title("strategies", strategy)
    charts.pair(
        ("learning-curve", lambda: figures.learning_curve(rounds, strategy=strategy, title=title)),
        ("errors-test", lambda: figures.errors(rounds, "test")) if two else _asked(run),
        *(run.id, len(rounds)),
    )
    # The full-data baseline comes first; until it is done there is nothing else to look at.
    first = len(epochs) > 0 and int(epochs["round"].to_numpy().max()) < 0
    history = figures.baseline_history if first else figures.history
    charts.pair(
        ("loss", lambda: history(epochs, "loss")),
        ("accuracy", lambda: history(epochs, "accuracy")),
        *(run.id, len(epochs)),
    )
    if run.config["stop"]["criteria"]:
        verdicts = bench().verdicts(run.id)
        charts.show(
            "stopping", lambda: figures.stopping_criteria(verdicts), run.id, len(rounds), len(verdicts)
        )


def errors(run: RunRecord) -> None:
    """Draw which errors the model makes, and which classes it asked about."""
    rounds = bench().rounds(run.id)
    if _two(run):
        charts.pair(
            ("errors-both", lambda: figures.errors_on_both(rounds)),
            ("balance", lambda: figures.balance(rounds)),
            *(run.id, len(rounds)),
        )
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        _confusion(run, rounds)
    with right:
        charts.show(*_asked(run), run.id, len(rounds))
    first_texts(run, rounds)


def calibration(run: RunRecord) -> None:
    """Draw how far the probabilities can be believed, and what calibration did to them."""
    rounds = bench().rounds(run.id)
    name = run.run_config().calibration.name
    st.caption(f"Calibration: {bench().title('calibration', name).lower()}. {CALIBRATED}")
    charts.pair(
        ("reliability", lambda: figures.reliability(rounds)),
        ("calibration-error", lambda: figures.calibration_error(rounds)),
        *(run.id, len(rounds)),
    )


def _two(run: RunRecord) -> bool:
    return len(bench().classes(run)) in (0, 2)


def _asked(run: RunRecord) -> tuple[str, charts.Draw]:
    classes = bench().classes(run)
    return "queried-classes", lambda: figures.queried_classes(bench().queried(run.id, classes), classes)


def _confusion(run: RunRecord, rounds: pd.DataFrame) -> None:
    numbers = rounds["round"].tolist()[::-1]
    which, on = st.columns(2)
    number = which.selectbox(
        "Round",
        [LATEST, *numbers],
        format_func=lambda each: each if each == LATEST else round_title(each),
        key="confusion-round",
    )
    split = on.selectbox("Split", ["test", "validation"], format_func=str.capitalize, key="confusion-split")
    number = (numbers or [0])[0] if number == LATEST else number
    found = rounds.loc[rounds["round"] == number, f"{split}_confusion"].tolist()
    matrix = found[0] if found else []
    names = (bench().classes(run) or [str(index) for index in range(len(matrix))]) if found else []
    charts.show(
        "confusion", lambda: figures.confusion_matrix(matrix, names), run.id, number, split, len(found)
    )
