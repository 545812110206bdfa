"""A viewer's own prices. They stand in the address, so that a link keeps them."""

from __future__ import annotations

import streamlit as st

from al_core.story import Prices
from al_core.story.savings import CURRENCIES

MOST = 1_000_000_000
TEXTS = "texts"


def prices(texts: int) -> Prices:
    """Draw the inputs and return what they say. texts: how many the story has."""
    count = _count(texts)
    seconds = _number("Seconds a label", 15.0, "seconds", "How long a person takes for one text.")
    wage = _number("Wage an hour", 30.0, "wage", "What an hour of that person costs.")
    fn = _number("A miss (FN)", 0.0, "fn", "What one missed positive costs; 0 leaves it out.")
    fp = _number("A false alarm (FP)", 0.0, "fp", "What one false alarm costs; 0 leaves it out.")
    currency = st.selectbox("Currency", CURRENCIES, key="currency", bind="query-params")
    return Prices(count, seconds, wage, fn, fp, currency)


def forget_texts() -> None:
    """Count the texts of the story again, whatever stood there: another story is chosen."""
    st.query_params.pop(TEXTS, None)


def _count(texts: int) -> int:
    # Not `bind`: what a bound widget begins with holds for the next story too.
    st.session_state[TEXTS] = _asked(texts)
    return int(st.number_input("Texts", 1, MOST, key=TEXTS, on_change=_keep, args=(texts,)))


def _asked(texts: int) -> int:
    """Return the count that the address names, else that of the story."""
    wanted = st.query_params.get(TEXTS, "")
    count = int(wanted) if wanted.isdecimal() and len(wanted) <= len(str(MOST)) else 0
    return count if 1 <= count <= MOST else texts


def _keep(texts: int) -> None:
    if (count := int(st.session_state[TEXTS])) == texts:
        forget_texts()
    else:
        st.query_params[TEXTS] = str(count)


def _number(label: str, value: float, key: str, words: str) -> float:
    return st.number_input(
        label, 0.0, float(MOST), value, key=key, bind="query-params", help=words, format="%g"
    )
