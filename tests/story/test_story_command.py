"""`python -m al_core story`, as a person or a script uses it."""

from __future__ import annotations

import json

import pytest

from al_core.__main__ import main
from al_core.story import making


def test_one_line_and_a_page_of_the_shipped_demo(home, tmp_path, capsys):
    out = tmp_path / "story.html"
    assert main(["story", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"Story of Synthetic reviews, 10 seeds, written to {out}\n"
    assert "<h1>Story: Synthetic reviews</h1>" in out.read_text(encoding="utf-8")


def test_made_anew_as_json(home, tmp_path, capsys, monkeypatch, tell):
    monkeypatch.setattr(making, "make", lambda say: say("1 of 1") or tell())
    out = tmp_path / "story.json"
    assert main(["story", "--make", "--out", str(out), "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out.splitlines()[-1])
    assert told == {"corpus": "Reviews", "seeds": 8, "out": str(out), "bytes": out.stat().st_size}
    assert captured.err == "1 of 1\n" and making.Story.from_json(out.read_bytes()) == tell()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Say where to"),
        (["--out", "story.pdf"], "does not end in .html"),
        (["--make", "--out", "story.html"], "does not end in .json"),
        (["--make", "--sweep", "x"], "give either it or --sweep"),
        (["--sweep", "nope", "--out", "story.html"], "There is no sweep nope"),
        (["--out", "missing/story.html"], "There is no folder"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(home, tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["story", *words]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1 and captured.out == ""
