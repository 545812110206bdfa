from __future__ import annotations

import subprocess
import sys

import pytest

from al_core import catalogue
from al_core.errors import BadInput
from al_core.registry import Entry, Parameter

HEAVY = ("tensorflow", "keras", "jax", "torch", "tensorflow_datasets", "streamlit")


def test_listing_everything_imports_no_framework():
    code = (
        "import sys; from al_core import catalogue, presets, workbench;"
        "[e.describe() for r in catalogue.REGISTRIES.values() for e in r.values()];"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", catalogue.REGISTRIES)
def test_entries_describe_themselves(kind):
    registry = catalogue.REGISTRIES[kind]
    assert registry
    for name, entry in registry.items():
        assert entry.name == name and entry.title and entry.help.endswith(".")
        for parameter in entry.parameters:
            assert parameter.check(parameter.default) == parameter.default
            assert parameter.title and parameter.help.endswith(".")


NUMBER = Parameter("k", "Neighbours", "How many.", 5, 1, 10)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "at least 1"),
        (11, "at most 10"),
        (2.5, "whole number"),
        ("x", "is a number"),
        (True, "is a number"),
        (float("nan"), "is a number"),
    ],
)
def test_wrong_numbers_are_one_sentence(value, words):
    with pytest.raises(BadInput, match=words) as caught:
        NUMBER.check(value)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_unknown_setting_and_entry_name_what_there_is():
    entry = Entry("e", "Entry", "Help.", lambda k: k, (NUMBER,))
    assert entry.create({}) == 5
    with pytest.raises(BadInput, match="it has: k"):
        entry.create({"q": 1})
    with pytest.raises(BadInput, match="random"):
        catalogue.REGISTRIES["strategies"]["nonsense"]
