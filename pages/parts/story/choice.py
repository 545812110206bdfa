"""What the story is told from: the demo that is there from the start, or a finished sweep with random."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

import streamlit as st

from al_core import paths
from al_core.comparing import Comparison
from al_core.errors import BadInput
from al_core.story import Story
from al_core.story.making import age, from_comparison, shipped, tellable
from al_core.sweeps.cells import with_random
from pages.parts.apart import names
from pages.parts.bench import bench
from pages.parts.story.prices import forget_texts
from pages.parts.words import plain

DEMO = ""
FROM, GROUP, ASKING = "story-from", "story-group", "asking"


class Chosen(NamedTuple):
    """A story, and what it follows from."""

    key: Hashable
    story: Story
    name: str
    """For files."""


def chosen() -> Chosen:
    """Draw the choice and one line on what was chosen. Raises `BadInput` if the address names no sweep."""
    sweeps = {sweep.id: sweep for sweep in bench().sweeps.sweeps()}
    standing = bench().sweeps.standing(list(sweeps))
    offered = {
        key: sweep
        for key, sweep in sweeps.items()
        if standing[key].over and standing[key].finished and with_random(sweep.settings)
    }
    if wanted := st.query_params.get("sweep"):
        offered.setdefault(wanted, bench().sweeps.sweep(wanted))
    told = {DEMO: f"Demo (made {age(shipped())})"} | names(offered.values())
    if len(told) == 1:
        found = _demo()
    else:
        st.session_state[FROM] = wanted or DEMO
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                "Told from", list(told), key=FROM, format_func=told.__getitem__, on_change=_from, width=360
            )
            found = _sweep(wanted) if wanted else _demo()
    _line(found.story)
    return found


def _demo() -> Chosen:
    story = shipped()
    return Chosen(("demo", story.made_at), story, "story")


def _sweep(sweep_id: str) -> Chosen:
    """Draw the choice among several ways to ask, and return the story of one."""
    record, sweeps = bench().sweeps.sweep(sweep_id), bench().sweeps
    fresh = bench().comparison([run.id for run, _ in sweeps.runs(sweep_id)])
    found = _read(paths.store_url(), fresh.stamp, fresh)
    groups = {each.title: each for each in tellable(found)}
    if not groups:
        if not with_random(record.settings):
            raise BadInput(f"{record.name} does not compare asking with random; choose another sweep.")
        raise BadInput(f"{record.name} has no finished rounds of asking and of random yet; choose another.")
    title = next(iter(groups))
    if len(groups) > 1:
        if (wanted := st.query_params.get(ASKING)) in groups:
            st.session_state[GROUP] = wanted
        title = st.selectbox("Asking by", list(groups), key=GROUP, on_change=_asking, width=280)
    key = (paths.store_url(), sweep_id, found.stamp, title)
    return Chosen(key, _story(key, found, title, sweep_id), f"story-{sweep_id}")


# A sweep's rounds are read and counted once, not at every step.
@st.cache_resource(max_entries=4, show_spinner=False)
def _read(url: str, stamp: Hashable, _comparison: Comparison) -> Comparison:
    del url, stamp
    return _comparison


@st.cache_resource(max_entries=8, show_spinner=False)
def _story(key: Hashable, _found: Comparison, title: str, sweep_id: str) -> Story:
    del key
    group = next(each for each in tellable(_found) if each.title == title)
    first = group.runs[0]
    classes, corpus = tuple(bench().classes(first)), bench().corpus_title(first)
    settings = bench().sweeps.sweep(sweep_id).settings
    return from_comparison(_found, group, classes, corpus, bench().is_synthetic(first), settings)


def _line(story: Story) -> None:
    synthetic = "" if not story.synthetic or "synthetic" in story.corpus.lower() else " (synthetic)"
    seeds = f"{story.seeds:,} seed{'' if story.seeds == 1 else 's'}"
    st.caption(plain(f"{story.corpus}{synthetic} · {seeds} · made {age(story)}"))


def _asking() -> None:
    forget_texts()  # of another corpus, a group has another count of them
    st.query_params[ASKING] = st.session_state[GROUP]


def _from() -> None:
    forget_texts()
    st.query_params.pop(ASKING, None)
    if sweep_id := st.session_state[FROM]:
        st.query_params["sweep"] = sweep_id
    else:
        st.query_params.pop("sweep", None)
