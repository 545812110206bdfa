"""The blog's experiment as a sweep, on a file of lines that stand more than once."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("no_workers")

STRATEGIES = "sweep-blog-lyrics-strategies"


@pytest.fixture
def repeated(home):
    """Put a file where the preset looks for one: every third of its 16,000 lines repeats another."""
    file = home / "data" / "lyrics_pop_rap.csv"
    file.parent.mkdir(parents=True)
    lines = "".join(f"word{i % 97} line {i},{i % 2}\n" for i in [*range(12_000), *range(4_000)])
    file.write_text("lyric,class\n" + lines)


def test_the_blogs_four_strategies_are_chosen_and_its_copies_told_of(shell, repeated):
    at = shell.open("sweeps", part="New sweep", preset="blog-lyrics")
    assert at.multiselect(key=STRATEGIES).value == ["random", "least_confidence", "entropy", "discriminative"]
    (warning,) = at.get("warning")
    words = warning.value.replace("\\", "")
    assert words.endswith("of 15,317 test texts also stand in training, so the test score flatters.")
    assert int(words.split(" ")[0].replace(",", "")) > 100
    assert {each.label: each.value for each in at.metric}["Runs"] == "12", "random counts once"
    # A click takes one away, and another preset has its own.
    at.multiselect(key=STRATEGIES).set_value(["entropy"])
    assert {each.label: each.value for each in shell.run().metric}["Runs"] == "6"
    at = shell.open("sweeps", part="New sweep", preset="demo")
    assert at.multiselect(key="sweep-demo-strategies").value == ["least_confidence"]
    assert not at.get("warning")


def test_a_single_run_still_asks_by_one(shell, repeated):
    at = shell.open("experiment", preset="blog-lyrics")
    chosen = [each.value for each in at.selectbox if each.label == "Query strategy"]
    assert chosen == ["least_confidence"]
