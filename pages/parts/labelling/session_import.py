"""Labels from outside: a file, or those that the corpus came with. Looked at first, then brought in."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from al_core.labelling.importing import LeftOut, Matched
from al_core.workbench import Upload
from pages.parts.bench import bench, flash, sentence
from pages.parts.labelling.label_words import count
from pages.parts.labelling.session_now import Now

KINDS = ["csv", "tsv", "txt", "jsonl", "ndjson", "json", "parquet"]
NONE = "(none)"
WAIT = "Bringing labels in"
REASONS = {
    "unknown_text": "text not in the corpus",
    "unknown_class": "class not of this session",
    "no_label": "no label",
    "bad_name": "name that cannot be one",
    "conflicting": "different labels for one text",
}


def bring_in(now: Now) -> None:
    """Draw both ways; nothing is written before Bring in is clicked."""
    st.subheader("Bring labels in", anchor=False)
    file = st.file_uploader("A file with texts and labels", type=KINDS, key="import-file")
    if file is not None:
        with sentence():
            _file(now, file)
    record = bench().corpus(now.session.corpus_key)
    if file is None and record is not None and record.labelled:
        with st.popover("Use the labels that the corpus came with", icon=":material/playlist_add_check:"):
            st.write(f"{count(record.labelled, 'label')}. Those of the validation set stay out.")
            own = st.button("Bring in", type="primary", icon=":material/upload:", key="import-own")
        if own:
            _bring(now, bench().labelling.known(now.session), "The corpus's own labels")


@st.cache_resource(max_entries=2, show_spinner="Reading the file")
def _read(file_id: str, _file: UploadedFile) -> Upload:
    del file_id  # tells one file from another
    return bench().read_upload(_file.name, _file.getvalue())


@st.cache_resource(max_entries=2, show_spinner="Matching the texts")
def _matched(
    file_id: str, session_id: str, columns: tuple[tuple[str, str | None], ...], _upload: Upload, _now: Now
) -> Matched:
    del file_id, session_id
    return bench().labelling.match(_now.session, _upload.table, **dict(columns))


def _file(now: Now, file: UploadedFile) -> None:
    upload, key = _read(file.file_id, file), file.file_id
    offered, others = list(upload.columns), [NONE, *upload.columns]
    one, two = st.columns(2)
    label = one.selectbox("Label column", offered, _place(offered, upload.label), key=f"in-label-{key}")
    text = two.selectbox("Text column", others, _place(others, upload.text), key=f"in-text-{key}")
    row = one.selectbox(
        "Row number column",
        others,
        _place(others, "row"),
        key=f"in-row-{key}",
        help="Numbers of the texts in the corpus, from 0, as in a file taken from here.",
    )
    person = two.selectbox("Annotator column", others, _place(others, "annotator"), key=f"in-who-{key}")
    columns = {"label": label, "text": text, "row": row, "annotator": person}
    chosen = tuple((name, None if each == NONE else each) for name, each in columns.items())
    found = _matched(key, now.session.id, chosen, upload, now)
    st.write(f"{count(len(found), 'label')} of {count(found.rows, 'row')} can be brought in.")
    _left_out(found)
    # Not in a callback, which would get the columns chosen before.
    if st.button("Bring in", type="primary", icon=":material/upload:", key="import", disabled=not len(found)):
        _bring(now, found, f"Imported from {file.name}")


def _left_out(found: Matched) -> None:
    lines = []
    for name, words in REASONS.items():
        part: LeftOut = getattr(found, name)
        example = "; ".join(f"row {number:,}: {cell}" for number, cell in part.examples if cell)
        if part.count:
            lines.append({"Left out": words, "Rows": part.count, "For example": example})
    if lines:
        st.dataframe(
            pd.DataFrame(lines), hide_index=True, height="content", key="left-out", alt="Rows left out"
        )


def _place(names: list[str], wanted: str | None) -> int:
    return names.index(wanted) if wanted in names else 0


def _bring(now: Now, matched: Matched, origin: str) -> None:
    """Bring labels in, with a bar. Clicked again, or interrupted and clicked again: nothing comes twice."""
    bar = st.progress(0.0, text=WAIT)

    def tell(share: float) -> None:
        bar.progress(share, text=WAIT)

    done = bench().labelling.bring(now.session.id, matched, origin, tell)
    more = {"already there": done.already, "answered here": done.answered}
    more |= {"of the validation set": done.validation, "not labelled here": done.outside}
    words = [f"{count(done.added, 'label')} added"]
    words += [f"{number:,} {name}" for name, number in more.items() if number]
    flash(", ".join(words) + ".")
    st.rerun()
