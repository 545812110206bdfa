"""Who is at the keys: the signed-in person, else a name that stands in the address."""

from __future__ import annotations

import streamlit as st

from al_core.errors import BadInput
from al_core.labelling import people

KEY = "as"


def annotator(words: str = "Labels are kept under this name.", button: str = "Start") -> str | None:
    """Return the name of whoever is here; while there is none, ask for it and return None."""
    if name := known():
        return name
    with st.form("who", border=False, width=360):
        given = st.text_input("Your name", max_chars=people.LONGEST_NAME, key="who-name", help=words)
        if st.form_submit_button(button, type="primary", icon=":material/arrow_forward:", key="who-start"):
            st.query_params[KEY] = people.checked(given)
            st.rerun()
    return None


def known() -> str | None:
    """Return the name if it is known already; a reload keeps it, and so does a link to another page."""
    signed_in = st.user.to_dict()
    name = str(signed_in.get("name") or signed_in.get("email") or "") if signed_in else ""
    name = name or st.query_params.get(KEY) or str(st.session_state.get(KEY) or "")
    try:
        name = people.checked(name)
    except BadInput:
        return None
    st.session_state[KEY] = st.query_params[KEY] = name
    return name
