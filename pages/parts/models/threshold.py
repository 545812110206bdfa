"""The threshold: the cheapest one, until somebody chooses another. That one stands in the address."""

from __future__ import annotations

import streamlit as st

THRESHOLD = "threshold"


def ask_threshold(key: str, best: float, positive: str) -> float | None:
    """Draw the slider and return what was chosen; None while the cheapest is taken.

    key: of what is decided on. best: the cheapest. positive: the class that is positive, for Markdown.
    """
    switch, place, chosen = f"cheapest-{key}", f"threshold-{key}", _chosen()
    _set(switch, chosen is None)
    _set(place, round(best, 3) if chosen is None else chosen)
    st.toggle(
        "Take the threshold that costs least on validation",
        key=switch,
        on_change=_switched,
        args=(switch, best),
    )
    st.slider(
        "Threshold",
        0.0,
        1.0,
        step=0.001,
        format="%.3f",
        key=place,
        on_change=_moved,
        args=(place,),
        disabled=chosen is None,
        help=f"A text is taken for {positive} if that is more probable than this.",
    )
    return chosen


def threshold_now(key: str) -> float | None:
    """Return what the slider holds now, in a callback, which comes before it is drawn again."""
    if st.session_state.get(f"cheapest-{key}", True):
        return None
    value, named = float(st.session_state[f"threshold-{key}"]), _chosen()
    # The address may have more digits than the slider.
    return named if named is not None and round(named, 3) == round(value, 3) else value


def told(threshold: float) -> str:
    """Return a threshold with three digits, or as many as tell it from 0 and 1."""
    return _apart(threshold, 3, "f")


def percent(threshold: float) -> str:
    """Return a threshold in per cent, in the same way."""
    return _apart(threshold, 1, "%")


def _apart(value: float, digits: int, kind: str) -> str:
    words = [f"{value:.{each}{kind}}" for each in range(digits, 12)]
    ends = (0.0, 1.0 if kind == "f" else 100.0)
    return next((each for each in words if value in (0, 1) or float(each.rstrip("%")) not in ends), words[-1])


def _set(key: str, value: float | bool) -> None:
    # Said anew, it would move a slider back that has gone further meanwhile.
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _chosen() -> float | None:
    """Return the threshold that the address names."""
    try:
        value = float(st.query_params.get(THRESHOLD, ""))
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None


def _switched(switch: str, best: float) -> None:
    if st.session_state[switch]:
        st.query_params.pop(THRESHOLD, None)
    else:
        _keep(best)


def _moved(place: str) -> None:
    _keep(st.session_state[place])


def _keep(threshold: float) -> None:
    # More digits than the slider has: at 0.0003, three would let everything be positive.
    st.query_params[THRESHOLD] = told(threshold)
