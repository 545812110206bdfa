"""How texts are read, in step 3 of the experiment form: what the chosen model can read."""

from __future__ import annotations

from typing import Any

import streamlit as st

from al_core.config import Component
from al_core.registry import Entry
from pages.parts.bench import bench
from pages.parts.fields import choose


def features_for(classifier: Component, given: Component, key: str) -> Component:
    """Offer the features that the model can read: the preset's, or else its usual ones."""
    model = bench().entries("classifiers")[classifier.name]
    reads = _declared(model, "reads")
    fitting = {
        name: entry
        for name, entry in bench().entries("features").items()
        if _declared(entry, "gives") == reads
    }
    start = given if given.name in fitting else Component(name=_declared(model, "usual_features"))
    with st.expander("How texts are read"):
        return choose("Features", fitting, start, f"{key}-{reads}", fold=False)


def _declared(entry: Entry[Any], name: str) -> str:
    return getattr(entry.build, name)
