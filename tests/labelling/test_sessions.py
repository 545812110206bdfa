"""Sessions and guidelines: begun, listed, renamed, paused, put away."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import run

import numpy as np
import pytest
from pydantic import ValidationError

import al_core
from al_core.errors import BadInput
from al_core.labelling import claims, guidelines, sessions
from al_core.labelling.settings import LabelSettings

TWO = LabelSettings(classes=("no", "yes"), overlap=2, validation=0)


def test_a_session_reads_back(store):
    made = sessions.session(store, sessions.create(store, " Näme ", "demo-1", 5, TWO))
    assert (made.name, made.corpus_key, made.rows, made.state) == ("Näme", "demo-1", 5, "active")
    assert made.label_settings() == TWO and made.ranking_id is None
    with pytest.raises(BadInput, match="no labelling session nothing"):
        sessions.session(store, "nothing")


def test_states_and_lists(store, new_session):
    first, second = new_session(), new_session()
    assert sessions.pause(store, first) and not sessions.pause(store, first)
    with pytest.raises(BadInput, match="is paused; it hands out no texts"):
        claims.take(store, first, "ann")
    assert sessions.resume(store, first) and not sessions.resume(store, first)
    assert sessions.archive(store, first) and not sessions.resume(store, first)
    assert [each.id for each in sessions.list_sessions(store)] == [second]
    assert [each.id for each in sessions.list_sessions(store, archived=True)] == [first]
    assert sessions.unarchive(store, first) and sessions.session(store, first).state == "paused"
    sessions.rename(store, first, "Other")
    assert sessions.session(store, first).name == "Other"


def test_what_cannot_be_meant_changes_nothing(store, new_session):
    for name, rows in (("", 5), ("x" * 201, 5), ("fine", 0)):
        with pytest.raises(BadInput):
            sessions.create(store, name, "demo-1", rows, TWO)
    with pytest.raises(BadInput, match="holds row 5; the corpus has rows 0 to 4"):
        sessions.create(store, "fine", "demo-1", 5, TWO, np.array([0, 5]))
    assert sessions.list_sessions(store) == []
    with pytest.raises(BadInput):
        sessions.rename(store, "nothing", "Name")


@pytest.mark.parametrize(
    "wrong",
    [{"classes": ("a",)}, {"classes": ("a", "a")}, {"overlap": 0}, {"random_share": 1.1}, {"what": 1}],
)
def test_wrong_settings(wrong):
    with pytest.raises(ValidationError):
        LabelSettings.model_validate({"classes": ("no", "yes")} | wrong)


def test_guidelines_keep_their_versions(store, new_session):
    session_id = new_session()
    assert guidelines.versions(store, session_id) == []
    texts = ("Be kind.", "Be kind.", "Be strict.")
    assert [guidelines.write(store, session_id, text, "ann").version for text in texts] == [1, 1, 2]
    assert [each.text for each in guidelines.versions(store, session_id)] == ["Be strict.", "Be kind."]
    with pytest.raises(BadInput):
        guidelines.write(store, "nothing", "Text", "ann")


def test_imports_nothing_heavy():
    names = "sessions, guidelines, rankings, claims, events, answers"
    heavy = ("keras", "tensorflow", "jax", "torch", "streamlit")
    code = (
        f"import sys\nfrom al_core.labelling import {names}\nprint([m for m in {heavy} if m in sys.modules])"
    )
    root = Path(al_core.__file__).parents[1]
    done = run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
