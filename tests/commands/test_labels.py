"""`python -m al_core labels`, as a person or a script uses it."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from al_core.__main__ import main
from al_core.corpus import Corpus, cache
from al_core.labelling import events, exporting, sessions
from al_core.labelling.records import Answer
from al_core.labelling.settings import LabelSettings
from al_core.store import open_store


@pytest.fixture
def session_id(home: Path) -> str:
    texts = ["=1+1", "two\nlines", "three"]
    cache.save(Corpus("demo-1", "Demo", texts, np.full(3, -1, np.int32), ()))
    store = open_store()
    made = sessions.create(store, "S", "demo-1", 3, LabelSettings(classes=("no", "yes"), validation=0))
    for item, who in ((0, "Ann"), (1, "Ann"), (0, "Bob")):
        events.append(store, Answer(str(uuid.uuid4()), made, item, who, "label", 1))
    store.close()
    return made


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "3 answers written to {out}"),
        (["--kind", "labels"], "2 labels written to {out}"),
        (["--kind", "events"], "3 events written to {out}"),
    ],
)
def test_one_line(session_id, tmp_path, capsys, words, line):
    out = tmp_path / "labels.csv"
    assert main(["labels", session_id, "--out", str(out), *words]) == 0
    captured = capsys.readouterr()
    assert captured.out == line.format(out=out) + "\n" and captured.err == ""
    assert pd.read_csv(out).text.tolist()[0] == "'=1+1"


def test_as_json(session_id, tmp_path, capsys):
    out = tmp_path / "labels.NDJSON"
    assert main(["labels", session_id, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    classes = ["no", "yes"]
    assert told == {"session": session_id, "out": str(out), "kind": "answers", "rows": 3, "classes": classes}
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n")[:-1]]
    assert [(row["text"], row["annotator"]) for row in lines] == [
        ("=1+1", "Ann"), ("=1+1", "Bob"), ("two\nlines", "Ann")
    ]  # fmt: skip


def test_parquet(session_id, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["labels", session_id, "--out", "labels.parquet", "--kind", "labels"]) == 0
    assert capsys.readouterr().out == "2 labels written to labels.parquet\n"
    table = pq.read_table(tmp_path / "labels.parquet")
    assert table.num_rows == 2 and table.schema.metadata[b"session"] == session_id.encode()


@pytest.mark.parametrize(
    ("session", "out", "sentence"),
    [
        ("nothing", "labels.csv", "no labelling session nothing"),
        (None, "labels.xlsx", "labels.xlsx ends in none of .csv, .jsonl, .ndjson, .parquet"),
        (None, "labels", "labels ends in none of"),
        (None, "missing/labels.csv", "There is no folder"),
        (None, "folder.csv", "is a folder"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(session_id, tmp_path, capsys, session, out, sentence):
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.rglob("*.csv"))
    assert main(["labels", session or session_id, "--out", str(tmp_path / out)]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert sorted(tmp_path.rglob("*.csv")) == before


def test_a_corpus_that_is_gone_is_status_2_and_a_damaged_one_1(session_id, home, tmp_path, capsys):
    (cached,) = (home / "corpora").iterdir()
    cached.write_bytes(b"PAR1")
    assert main(["labels", session_id, "--out", str(tmp_path / "labels.csv")]) == 1
    assert "is damaged" in capsys.readouterr().err
    cached.unlink()
    assert main(["labels", session_id, "--out", str(tmp_path / "labels.csv")]) == 2
    assert "There is no corpus 'demo-1'" in capsys.readouterr().err


def test_a_full_disk_is_status_1(session_id, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting.os, "fsync", full)
    assert main(["labels", session_id, "--out", str(tmp_path / "labels.csv")]) == 1
    error = capsys.readouterr().err
    assert "labels.csv cannot be written (No space left on device)" in error and error.count("\n") == 1
    assert not list(tmp_path.glob("*.csv")) and not list(tmp_path.glob(".*"))


def test_usage(capsys):
    for words in (["labels"], ["labels", "x"], ["labels", "x", "--out", "a.csv", "--kind", "all"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
