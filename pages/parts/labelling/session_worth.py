"""What the labels of a session are worth: the model on random labels, asking against chance, when to stop."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core import figures
from al_core.evaluation.estimates import Share
from al_core.labelling.paying import FOLDS, LEAST, Paying
from pages.parts import charts
from pages.parts.bench import bench
from pages.parts.labelling.label_words import count, points
from pages.parts.labelling.session_now import Now
from pages.parts.words import plain

CRITERIA = "None of these alone is a reason to stop. The advice above also weighs what more labels may bring."
DRAWN = next(n for n in range(LEAST, 10 * LEAST) if n - -(-n // FOLDS) >= LEAST)
"""Random labels that leave `LEAST` to learn from while a fold of them measures."""


def worth(now: Now) -> None:
    """Draw the evidence; before the first model, what it takes."""
    if now.model is None:
        every = now.session.label_settings().retrain_every
        st.caption(f"Charts appear with the first model, after {count(every, 'label')} of two classes.")
        return
    frame = now.evidence.curve.frame()
    charts.pair(
        ("estimated-accuracy", lambda: figures.estimated_accuracy(_renamed(frame, "accuracy_"))),
        ("estimated-errors", lambda: _errors(now, frame)),
        *now.key,
    )
    st.subheader("Is asking paying?", anchor=False)
    st.write(plain(_verdict(now)))
    charts.pair(
        ("paying", lambda: _asking(now, frame)),
        ("class-shares", lambda: figures.class_shares(_shares(now), now.session.label_settings().colors)),
        *now.key,
    )
    st.subheader("When to stop", anchor=False)
    st.caption(CRITERIA)
    charts.show(
        "stopping-criteria",
        lambda: figures.stopping_criteria(bench().labelling.verdicts(now.evidence.curve)),
        *now.key,
    )


def _renamed(frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).removeprefix(prefix))


def _paying(frame: pd.DataFrame) -> pd.DataFrame:
    told = frame.loc[:, [str(name).startswith("paying_") for name in frame.columns]]
    return frame[["version", "spent"]].join(_renamed(told, "paying_"))


def _asking(now: Now, frame: pd.DataFrame) -> figures.Chart:
    told, strategy = _paying(frame), _strategy(now)
    if _too_slow(now):
        return figures.paying(told, strategy=strategy, when="Not measured")
    return figures.paying(told, strategy=strategy)


def _too_slow(now: Now) -> bool:
    return bool(now.model and now.model.details.get("too_slow"))


def _shares(now: Now) -> pd.DataFrame:
    return bench().labelling.class_shares(now.session, now.evidence.curve)


def _strategy(now: Now) -> str:
    return now.session.label_settings().strategy.name


def _errors(now: Now, frame: pd.DataFrame) -> figures.Chart:
    if len(now.classes) == 2:
        return figures.estimated_errors(frame)
    newest = now.evidence.curve.estimates[-1]
    lines = [
        {"class": name} | _share("missed", missed) | _share("wrongly_given", given)
        for name, missed, given in zip(now.classes, newest.missed, newest.wrongly_given, strict=True)
    ]
    return figures.estimated_errors_per_class(pd.DataFrame(lines))


def _share(name: str, share: Share) -> dict[str, float | None]:
    known = share.value is not None
    ends = (share.low, share.high) if known else (None, None)
    return {name: share.value, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def _verdict(now: Now) -> str:
    """Return in a sentence or two whether asking pays, or what is missing to tell."""
    versions = now.evidence.curve.versions
    if _too_slow(now):
        return "Not measured: the comparison fits six more models, and this one takes too long for that."
    told = next((each.details["paying"] for each in reversed(versions) if each.details.get("paying")), None)
    if told is None:
        return _missing(now)
    found = Paying(**told)
    word = {"yes": "Yes.", "no": "No: random labels taught more.", "unclear": "Unclear so far."}
    return (
        f"{word[found.verdict]} From {count(found.labels, 'label')} that were asked for, a model learns to "
        f"be right on {found.asked:.0%} of {count(found.texts, 'random text')}; from as many random ones, on "
        f"{found.random:.0%}: {points(found.difference)} points "
        f"(95%: {points(found.low)} to {points(found.high)})."
    )


def _missing(now: Now) -> str:
    random = DRAWN - len(now.evidence.curve.drawn)
    if random > 0:
        return f"Too early to tell: it takes {count(random, 'more random label')}."
    asked = LEAST - bench().labelling.asked(now.session.id)
    if asked > 0:
        return f"Too early to tell: it takes {count(asked, 'more label')} that the model asked for."
    return "Not known yet: it is measured with the next model."
