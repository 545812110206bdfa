"""Settings of a sweep that somebody brings as a file."""

from __future__ import annotations

import pytest

from al_core.errors import BadInput
from al_core.sweeps.files import LARGEST, parsed

TOML = b"""
name = "S"
seeds = [1, 2]
[base]
name = "B"
corpus = {name = "demo"}
split = {initial = 100, validation = 100, test = 100}
features = {name = "tfidf"}
classifier = {name = "logistic"}
strategy = {name = "margin"}
"""


def test_toml_and_the_json_that_the_page_gives_are_the_same_sweep():
    found = parsed("mine.TOML", TOML)
    assert found.seeds == (1, 2) and found.base.classifier.name == "logistic"
    taken = found.model_dump_json(indent=2, exclude_none=True).encode()
    assert parsed("sweep.json", taken) == parsed("sweep.json", b"\xef\xbb\xbf" + taken) == found


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("sweep.txt", b"", "must end in .toml or .json"),
        ("sweep", b"", "must end in .toml or .json"),
        ("sweep.toml", b"=", "not valid TOML"),
        ("sweep.json", b"\xff\xfe", "not valid JSON"),
        ("sweep.json", b"[" * 100_000, "not valid JSON"),
        ("sweep.json", b"[1]", "holds no settings"),
        ("sweep.json", b"{}", "name: "),
        ("sweep.json", b" " * (LARGEST + 1), "too large"),
        ("sweep.toml", TOML.replace(b"margin", b"nonsense"), "nonsense"),
    ],
)
def test_what_is_no_sweep_gets_one_sentence(name, data, sentence):
    with pytest.raises(BadInput, match=sentence) as raised:
        parsed(name, data)
    assert "\n" not in str(raised.value)
