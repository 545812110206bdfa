"""The labels of a session: looked through, taken away, brought in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from al_core.labelling.exporting import Format, KindOfExport
from pages.parts.bench import bench
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_add import add_texts
from pages.parts.labelling.session_import import bring_in
from pages.parts.labelling.session_now import Now

PAGE = 20
COLUMNS = ("Text", "Label", "Votes", "Decided by", "Validation", "Sent by")
KINDS: dict[KindOfExport, str] = {
    "labels": "Labels: one row per text",
    "answers": "Answers: one row per person and text",
    "events": "History: one row per event",
}
FIRST: Format = "csv"
FORMATS: dict[Format, str] = {"csv": "CSV", "jsonl": "JSON lines", "parquet": "Parquet"}
MIME: dict[Format, str] = {
    "csv": "text/csv",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}


def texts(now: Now) -> None:
    """Draw the table, and below it the two ways of labels, out and in, and the one of texts."""
    _table(now)
    out, into = st.columns(2, gap="large")
    with out:
        _take_away(now)
    with into:
        bring_in(now)
    add_texts(now)


def _table(now: Now) -> None:
    if not now.evidence.opinions:
        st.caption("No label yet. Label some texts, or bring labels in.")
        return
    frame = _labels(bench().store.url, now.session.id, now.event, now)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "Search", key="label-search", placeholder="Words in a text", bind="query-params"
        )
        sent = now.added > 0 and st.toggle("Only those sent here", key="sent-only", bind="query-params")
    if sent:
        frame = frame.loc[frame["sent_by"] != ""]
    if words:
        frame = frame.loc[frame["text"].str.contains(words, case=False, regex=False)]
    pages = max(1, -(-len(frame) // PAGE))
    at = min(int(st.session_state.get("labels-page") or 1), pages)
    shown = frame.iloc[(at - 1) * PAGE : at * PAGE]
    st.dataframe(
        shown.rename(columns=lambda name: str(name).replace("_", " ").capitalize()),
        hide_index=True,
        height="content",
        key="labels-table",
        column_order=COLUMNS if now.added else COLUMNS[:-1],
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "Label": st.column_config.TextColumn(width="small", help="The label that counts."),
            "Votes": st.column_config.TextColumn(width="medium"),
            "Decided by": st.column_config.TextColumn(width="small"),
            "Validation": st.column_config.CheckboxColumn(width="small", help="Drawn to measure by."),
            "Sent by": st.column_config.TextColumn(
                width="small", help="Who sent the text here after the session began."
            ),
        },
        alt="Texts with the label that counts, and what each person said",
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        divided = now.evidence.progress.labelled - now.evidence.progress.counted
        more = f"; people are divided on {divided:,} more" if divided else ""
        st.caption(
            f"{count(len(frame), 'text')}{' found' if words or sent else ' with a label that counts'}{more}."
        )
        if pages > 1:
            st.pagination(pages, key="labels-page", max_visible_pages=5)


@st.cache_resource(max_entries=4, show_spinner=False)
def _labels(url: str, session_id: str, event: int, _now: Now) -> pd.DataFrame:
    del url, session_id, event
    return bench().labelling.table(_now.session)


def _take_away(now: Now) -> None:
    st.subheader("Take labels away", anchor=False)
    kind = st.selectbox("What", list(KINDS), format_func=KINDS.__getitem__, key="export-kind")
    form: Format = st.segmented_control(
        "Format",
        list(FORMATS),
        default=FIRST,
        required=True,
        format_func=FORMATS.__getitem__,
        key="export-as",
    )
    st.download_button(
        "Download",
        lambda: bench().labelling.export(now.session, kind, form),
        file_name=f"{kind}-{now.session.id}.{form}",
        mime=MIME[form],
        icon=":material/download:",
        key="export",
        on_click="ignore",
    )
