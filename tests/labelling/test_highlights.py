"""Words that weigh: found again where they were put, and the same on every machine."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import al_core
from al_core import paths
from al_core.labelling import highlights

TEXTS = [f"{'fine' if n % 2 else 'dull'} film {'with' if n % 3 else 'without'} n{n % 7}" for n in range(80)]
ODDS = np.array([[0.1, 0.9] if n % 2 else [0.9, 0.1] for n in range(80)])


def marked(text, label=1, version=1):
    return {text[each.start : each.end]: each.weight for each in highlights.marks("s", version, text, label)}


def test_the_words_that_decide_weigh_most(home):
    highlights.keep("s", 1, TEXTS, ODDS, 0)
    found = marked("A FINE, fine-ish film; dull? n1!")
    assert found["FINE"] == pytest.approx(found["fine"]) and found["FINE"] > 0.8
    assert found["dull"] < -0.8 and abs(found["film"]) < 0.2
    other = marked("fine dull", label=0)
    assert other["fine"] < -0.8 and other["dull"] > 0.8, "what speaks for one class speaks against the other"
    assert max(map(abs, found.values())) <= 1 + 1e-6
    assert "ish" not in found and marked("") == {} and marked("?!") == {}


def test_marks_lie_in_their_order_and_are_few(home):
    highlights.keep("s", 1, TEXTS, ODDS, 0)
    found = highlights.marks("s", 1, "fine dull " * 30, 1)
    assert len(found) == highlights.MARKED
    assert [each.start for each in found] == sorted(each.start for each in found)
    assert all(each.end <= other.start for each, other in pairwise(found))


def test_that_there_is_no_stand_in_yet_is_not_remembered(home):
    """A page may ask between the model and its words."""
    assert highlights.marks("s", 1, "fine", 1) == []
    highlights.keep("s", 1, TEXTS, ODDS, 0)
    assert marked("fine")["fine"] > 0.8


def test_those_of_old_versions_go(home):
    for version in range(1, 6):
        highlights.keep("s", version, TEXTS, ODDS, 0)
    assert sorted(each.name for each in paths.labelling("s").iterdir()) == [
        f"words-{version}.npz" for version in (3, 4, 5)
    ]
    assert highlights.marks("s", 1, "fine", 1) == []


def test_texts_without_words_have_no_marks(home):
    highlights.keep("s", 1, ["", "?", "once"], np.full((3, 2), 0.5), 0)
    assert highlights.marks("s", 1, "once", 1) == []
    highlights.keep("s", 2, ["same word"] * 4, np.full((4, 3), 1 / 3), 0)
    assert highlights.marks("s", 2, "same word", 2) == [], "a model that says nothing"


def test_a_damaged_stand_in_is_no_stand_in(home):
    highlights.keep("s", 1, TEXTS, ODDS, 0)
    (paths.labelling("s") / "words-2.npz").write_bytes(b"nothing of the kind")
    (paths.labelling("s") / "words-3.npz").write_bytes(
        (paths.labelling("s") / "words-1.npz").read_bytes()[:-40]
    )
    assert highlights.marks("s", 2, "fine", 1) == highlights.marks("s", 3, "fine", 1) == []


def test_of_equally_frequent_words_the_same_are_kept_everywhere(home):
    """Sets of words come in an order that each process draws anew."""
    script = (
        "import json, numpy as np; from al_core.labelling import highlights as h; h.WORDS = 10;"
        "bags = [{f'w{n}' for n in range(40)} for _ in range(40)];"
        "print(json.dumps(h._weights(bags, np.tile([0.3, 0.7], (40, 1)))[0]))"
    )
    told = []
    for seed in ("1", "2"):
        env = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(al_core.__file__).parents[1])}
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env)
        told.append(json.loads(done.stdout))
    assert told[0] == told[1] and len(told[0]) == 10
