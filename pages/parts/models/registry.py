"""The registry: each model with its versions; the one in use can be changed and taken away."""

from __future__ import annotations

from functools import partial

import streamlit as st

from al_core.deploy.export import zipped
from al_core.errors import WorkbenchError
from al_core.labelling import people
from al_core.store.models import ModelRecord
from pages.parts.bench import bench, flash, fragment, page, show_flash
from pages.parts.labelling.annotator import known
from pages.parts.models.choice import choose_model
from pages.parts.models.deciding import FN_PRICE, FP_PRICE
from pages.parts.models.threshold import THRESHOLD, told
from pages.parts.words import Color, ago, plain

STATES: dict[str, tuple[str, Color, str]] = {
    "preparing": ("Preparing", "blue", ":material/hourglass_top:"),
    "ready": ("Ready", "green", ":material/check:"),
    "failed": ("Failed", "red", ":material/error:"),
}


def registry() -> None:
    """Draw the models; the versions of the one that is chosen every second anew while one is prepared."""
    every = bench().models.models()
    if not every:
        st.caption(
            "Nothing is promoted yet. A run's page does it on its tab Decide, a labelling session's on Use."
        )
        with st.container(horizontal=True):
            st.page_link(page("runs"), label="Runs", icon=":material/show_chart:", width="content")
            st.page_link(page("label"), label="Labelling sessions", icon=":material/label:", width="content")
        return
    names = list(dict.fromkeys(record.name for record in every))
    name = choose_model(names)
    used = bench().models.in_use().get(name)
    # Not in what a timer draws: a file that is clicked between two drawings is gone.
    if used is not None:
        _take_away(bench().models.model(name, used))
    st.subheader("Versions", anchor=False)
    preparing = _preparing()
    fragment(_versions, 1 if preparing else None)(name, used, preparing)
    _history(name)


def _preparing() -> list[tuple[str, int]]:
    return [
        (record.name, record.version) for record in bench().models.models() if record.state == "preparing"
    ]


def _versions(name: str, was_used: int | None, were_preparing: list[tuple[str, int]]) -> None:
    used = bench().models.in_use().get(name)
    if used != was_used or _preparing() != were_preparing:
        st.rerun()
    show_flash()
    for record in bench().models.models():
        if record.name == name:
            _version(record, used)


def _take_away(record: ModelRecord) -> None:
    """Draw what can be done with the version in use."""
    name, version = record.name, record.version
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{plain(name)}, version {version:,}** is in use")
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                st.page_link(
                    page("try_it"),
                    label="Try it",
                    icon=":material/play_circle:",
                    query_params={"model": name},
                    width="content",
                )
                st.download_button(
                    "Download",
                    partial(_zip, name, version),
                    f"{name}-{version}.zip",
                    "application/zip",
                    icon=":material/download:",
                    key=f"zip-{name}-{version}",
                    on_click="ignore",
                    help="Text in, probabilities out: needs nothing of the workbench.",
                )
        st.caption(
            "Serve it on this machine. A server keeps the version it began with until it is started again."
        )
        st.code(f"python -m al_core serve {name} --port 8000", language="bash")
        with st.expander("Model card", icon=":material/description:"):
            st.code(_card(record), language="markdown", wrap_lines=True, height=400)


def _version(record: ModelRecord, used: int | None) -> None:
    words, color, icon = STATES[record.state]
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(horizontal=True, vertical_alignment="center", width="content"):
                st.markdown(f"Version {record.version:,}")
                st.badge("In use" if record.version == used else words, icon=icon, color=color)
            if record.state == "ready" and record.version != used:
                _use_instead(record)
        facts = [f"promoted by {record.promoted_by}, {ago(record.created_at)}"]
        if record.threshold is not None:
            facts.append(f"threshold {told(record.threshold)}")
            facts.append(f"prices {record.fn_price:g} (FN) and {record.fp_price:g} (FP)")
        st.caption(plain(" · ".join(facts)))
        if record.note:
            st.text(record.note)
        if record.state == "failed":
            st.error(plain(record.message), icon=":material/error:")
            with st.expander("Log"):
                st.code(bench().models.log(record.name, record.version), language=None, wrap_lines=True)
        _origin(record)


def _use_instead(record: ModelRecord) -> None:
    """Let somebody put a version in use, who says who it is and why."""
    key = f"{record.name}-{record.version}"
    with st.popover("Use this version", icon=":material/settings_backup_restore:", key=f"use-open-{key}"):
        st.text_input("Your name", known() or "", max_chars=people.LONGEST_NAME, key=f"use-by-{key}")
        st.text_input("Note", max_chars=1_000, key=f"use-note-{key}", placeholder="Why this one")
        st.button(
            "Use it",
            type="primary",
            key=f"use-{key}",
            on_click=_use,
            args=(record.name, record.version, key),
        )


def _origin(record: ModelRecord) -> None:
    """Draw the way back to where it was decided, as it was decided."""
    decided = {} if record.threshold is None else {THRESHOLD: f"{record.threshold:.10g}"}
    prices = {FN_PRICE: record.fn_price, FP_PRICE: record.fp_price}
    # Streamlit writes no price of 1, and takes one that is named for nothing said.
    decided |= {name: f"{price:g}" for name, price in prices.items() if price not in (None, 1.0)}
    if record.run_id is not None:
        st.page_link(
            page("run"),
            label=f"From a run, round {record.round:,}",
            icon=":material/show_chart:",
            query_params={"run": record.run_id, "show": "Decide", "round": str(record.round), **decided},
            width="content",
        )
    elif record.session_id is not None:
        st.page_link(
            page("session"),
            label=f"From a labelling session, model {record.session_version:,}",
            icon=":material/label:",
            query_params={"session": record.session_id, "show": "Use", **decided},
            width="content",
        )


def _history(name: str) -> None:
    uses = bench().models.uses(name)
    if len(uses) < 2:
        return
    with st.expander("Which version was in use when", icon=":material/history:"):
        for use in uses:
            note = f": {use.note}" if use.note else ""
            st.caption(plain(f"Version {use.version:,}, {ago(use.created_at)}, by {use.by}{note}"))


def _use(name: str, version: int, key: str) -> None:
    by = str(st.session_state.get(f"use-by-{key}") or "")
    note = str(st.session_state.get(f"use-note-{key}") or "")
    try:
        bench().models.use(name, version, by, note)
    except WorkbenchError as error:
        flash(str(error))
        return
    flash(f"Version {version:,} of {name} is in use.")


def _zip(name: str, version: int) -> bytes:
    return zipped(bench().models.folder(name, version), f"{name}-{version}")


def _card(record: ModelRecord) -> str:
    try:
        return (bench().models.folder(record.name, record.version) / "README.md").read_text("utf-8")
    except WorkbenchError as error:
        return str(error)
