"""The settings of a sweep as a file: taken away, or brought in and begun as it stands."""

from __future__ import annotations

import streamlit as st

from al_core.sweeps.cells import title
from al_core.sweeps.files import parsed
from al_core.sweeps.settings import SweepSettings
from pages.parts.bench import bench, sentence
from pages.parts.labelling.label_words import count
from pages.parts.words import plain

KINDS = ["toml", "json"]
MOST_NAMES = 8


def take_away(settings: SweepSettings, file_name: str, key: str) -> None:
    """Draw the button that saves the settings."""
    st.download_button(
        "Settings as a file",
        settings.model_dump_json(indent=2, exclude_none=True),
        file_name,
        "application/json",
        type="tertiary",
        icon=":material/download:",
        key=key,
        on_click="ignore",
        help="Bring it in under New sweep, or run `python -m al_core sweep FILE`: it begins the same sweep.",
    )


def bring_in() -> tuple[bool, SweepSettings | None]:
    """Draw the field; return whether there is a file, and its settings unless they are wrong."""
    with st.expander("From a settings file", icon=":material/upload_file:"):
        file = st.file_uploader(
            "Settings of a sweep, TOML or JSON", type=KINDS, key="sweep-file", max_upload_size=1
        )
        st.caption("Every sweep gives its own, under Settings as a file. It is begun as it stands.")
    if file is None:
        return False, None
    with sentence():
        return True, parsed(file.name, file.getvalue())
    return True, None


def contents(settings: SweepSettings) -> None:
    """Say what settings that were brought in vary."""
    base, plainly = settings.base, settings.base.model_copy(update={"wrappers": ()})
    ways = [
        title(plainly.model_copy(update={"strategy": each.strategy, "wrappers": each.wrappers}), model=False)
        for each in settings.asking
    ] or [title(base, model=False)]
    if settings.control:
        random = bench().title("strategies", "random")
        ways = [random, *(each for each in ways if each != random)]
    models = [
        f"{bench().title('classifiers', c.name)} on {bench().title('features', f.name).lower()}"
        for c, f in [(each.classifier, each.features) for each in settings.models]
        or [(base.classifier, base.features)]
    ]
    corpora = [bench().source_title(each) for each in [d.corpus for d in settings.data] or [base.corpus]]
    cycle = f"{count(base.cycle.rounds, 'round')} of {count(base.cycle.batch_size, 'text')}"
    with st.container(border=True):
        st.subheader(plain(settings.name), anchor=False)
        for label, values in (
            ("Corpora", corpora),
            ("Query strategies", ways),
            ("Models", models),
            ("Seeds", [f"{seed}" for seed in settings.seeds]),
            ("Rounds", [cycle]),
            ("Full-data baseline", ["yes" if settings.baseline else "no"]),
        ):
            more = f" and {len(values) - MOST_NAMES:,} more" if len(values) > MOST_NAMES else ""
            st.markdown(f"**{label}:** {plain('; '.join(values[:MOST_NAMES]) + more)}")
