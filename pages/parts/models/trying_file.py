"""What a model says of a file of texts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from al_core.corpus.decoding import decode
from al_core.deploy.answering import AT_ONCE, Answerer
from al_core.errors import BadInput
from al_core.store.models import ModelRecord
from al_core.tables import to_csv
from pages.parts.bench import bench
from pages.parts.models.trying_text import show_answer
from pages.parts.words import plain

MOST = 200_000
SHOWN = 200


def ask_file() -> UploadedFile | None:
    """Draw the upload and return what was given."""
    return st.file_uploader("CSV, TSV, JSONL, Parquet or TXT (a text a line)", key="try-file")


def trying_file(
    given: UploadedFile | None, record: ModelRecord, model: Answerer, classes: Sequence[str]
) -> None:
    """Draw the counts, the first answers, and all of them to take away."""
    if given is None:
        st.caption("The answers appear here, and can be taken away as a file.")
        return
    texts = _texts(given.name, given.getvalue())
    if not texts:
        return
    frame = _answers(model.folder, tuple(texts), model, tuple(classes), record.threshold)
    counts = frame["class"].value_counts()
    with st.container(horizontal=True, gap="large"):
        st.metric("Texts", f"{len(frame):,}")
        for name, count in counts.head(4).items():
            st.metric(plain(str(name)), f"{count:,}")
    head = texts[:SHOWN]
    table = st.dataframe(
        frame.head(SHOWN),
        hide_index=True,
        # Of other texts it is another table, in which nothing is chosen yet.
        key=f"try-rows-{zlib.crc32(repr(head).encode()):08x}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "text": st.column_config.TextColumn("Text", width="large"),
            "class": st.column_config.TextColumn("Class", width="small"),
            "probability": st.column_config.NumberColumn("Probability", format="percent", width="small"),
        },
        column_order=["text", "class", "probability"],
    )
    first = f"The first {SHOWN:,} of {len(frame):,}. " if len(frame) > SHOWN else ""
    st.caption(f"{first}Choose a row to see what the model goes by.")
    st.download_button(
        "All answers as CSV",
        lambda: to_csv(frame),
        "answers.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="try-answers",
    )
    for row in table.selection.rows:
        _one(record, model, classes, head[row])


def _one(record: ModelRecord, model: Answerer, classes: Sequence[str], text: str) -> None:
    """Draw the answer to one text of the file, with what it goes by."""
    st.subheader("The chosen text", anchor=False)
    if text.strip():
        show_answer(record, model, classes, text)
    else:
        st.caption("It is empty, so that there is nothing to go by.")


def _texts(name: str, data: bytes) -> list[str]:
    """Return the texts of a file; where it has columns, those of the one that is chosen."""
    if name.lower().endswith(".txt"):
        texts = _lines(name, decode(name, data)[0])
    else:
        upload = bench().read_upload(name, data)
        columns = list(upload.columns)
        column = st.selectbox("Text column", columns, index=columns.index(upload.text), width=360)
        texts = ["" if each is None else str(each) for each in upload.table.column(column).to_pylist()]
    if len(texts) > MOST:
        st.caption(f"The file has {len(texts):,} texts; the first {MOST:,} are asked about.")
    if not texts:
        st.caption("The file holds no text.")
    return texts[:MOST]


def _lines(name: str, text: str) -> list[str]:
    """Return the lines that are not blank. Only a line feed ends one: other breaks may stand in a text.

    Raises `BadInput` for a NUL, as tables do.
    """
    found = [line.removesuffix("\r") for line in text.split("\n")]
    for number, line in enumerate(found, 1):
        if "\0" in line:
            raise BadInput(
                f"Line {number:,} of {name} has a NUL character; remove it, or save the file again as UTF-8."
            )
    return [line for line in found if line.strip()]


@st.cache_data(max_entries=4, show_spinner=False)
def _answers(
    folder: Path,
    texts: tuple[str, ...],
    _model: Answerer,
    classes: tuple[str, ...],
    threshold: float | None,
) -> pd.DataFrame:
    del folder
    bar = st.progress(0.0, text="Asking the model")
    found, shown = [], 0
    for start in range(0, len(texts), AT_ONCE):
        found.append(_model.ask(texts[start : start + AT_ONCE]))
        done = min(len(texts), start + AT_ONCE)
        # Whatever is drawn here is kept with the answers.
        if (percent := 100 * done // len(texts)) > shown:
            bar.progress(done / len(texts), text=f"{done:,} of {len(texts):,} texts")
            shown = percent
    bar.empty()
    shares = np.concatenate(found)
    chosen = shares.argmax(axis=1)
    if threshold is not None and len(classes) == 2:
        chosen = (shares[:, 1] > threshold).astype(int)
    frame = pd.DataFrame({"text": texts, "class": [classes[each] for each in chosen.tolist()]})
    frame["probability"] = shares[np.arange(len(shares)), chosen]
    return frame.assign(**{f"p({name})": shares[:, place] for place, name in enumerate(classes)})
