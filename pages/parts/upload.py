"""Bring in a file of one's own: read it, choose its columns, see what it holds, add it."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from al_core.workbench import Draft, Upload
from pages.parts.bench import bench, flash, sentence
from pages.parts.profile_view import profile_view
from pages.parts.query_choice import choose_next

KINDS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet"]
NONE = "(no labels yet)"


def upload() -> None:
    """Take a file; a file that cannot be used gets one sentence, and nothing is changed."""
    file = st.file_uploader("CSV, TSV, JSONL or Parquet", type=KINDS, key="upload")
    if file is None:
        st.caption("One row per text. Labels may be missing, in part or altogether.")
        return
    with sentence():
        _edit(file, _read(file.file_id, file))


@st.cache_resource(max_entries=2, show_spinner="Reading the file")
def _read(file_id: str, _file: UploadedFile) -> Upload:
    del file_id  # tells one file from another
    return bench().read_upload(_file.name, _file.getvalue())


@st.cache_resource(max_entries=2, show_spinner="Counting the texts")
def _draft(file_id: str, _table: Upload, text: str, label: str | None, positive: str | None) -> Draft:
    del file_id
    return bench().draft(_table, text, label, positive)


def _edit(file: UploadedFile, table: Upload) -> None:
    key = file.file_id
    one, two, three, four = st.columns(4)
    text = one.selectbox("Text column", table.columns, table.columns.index(table.text), key=f"text-{key}")
    offered = [NONE, *(column for column in table.columns if column != text)]
    guess = offered.index(table.label) if table.label in offered else 0
    label = two.selectbox("Label column", offered, guess, key=f"label-{key}")
    title = three.text_input("Title", file.name.rsplit(".", 1)[0], max_chars=120, key=f"title-{key}")
    st.dataframe(table.head(5), hide_index=True, alt="The first rows of the file", key="head")
    draft = _draft(key, table, text, None if label == NONE else label, None)
    if len(draft.corpus.classes) == 2:
        positive = four.selectbox(
            "Positive class",
            draft.corpus.classes,
            1,
            key=f"positive-{key}-{label}",
            help="A false negative is a text of this class that the model missed.",
        )
        draft = _draft(key, table, text, label, positive)
    st.button(
        "Add this corpus",
        type="primary",
        icon=":material/add:",
        key="add",
        on_click=_add,
        args=(draft, title or file.name),
    )
    profile_view(draft.profile)


def _add(draft: Draft, title: str) -> None:
    with sentence():
        choose_next("corpus", bench().add(draft, title))
        st.session_state["tab"] = "Look"
        flash(f"Added {title}.")
