"""`python -m al_core report`, as a person or a script uses it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from al_core.__main__ import main
from al_core.config import Component
from al_core.presets import PRESETS
from al_core.store import open_store, sweeps


@pytest.fixture
def sweep_id(home: Path) -> str:
    """Make a sweep of two runs that have not begun."""
    store, base = open_store(), PRESETS["demo"].config
    configs = [base.model_copy(update={"strategy": Component(name=name)}) for name in ("random", "margin")]
    made = sweeps.create(store, "<b>Mine</b>", {"name": "Mine"}, [(each, "c") for each in configs])
    store.close()
    return made


def test_one_line_and_a_page(sweep_id, tmp_path, capsys):
    out = tmp_path / "report.HTML"
    assert main(["report", sweep_id, "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"Report on 2 runs written to {out}\n" and captured.err == ""
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "<h1>Comparison: &lt;b&gt;Mine&lt;/b&gt;</h1>" in page


def test_a_zip_as_json(sweep_id, tmp_path, capsys):
    out = tmp_path / "report.zip"
    assert main(["report", sweep_id, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    size = out.stat().st_size
    assert told == {"sweep": sweep_id, "out": str(out), "runs": 2, "groups": 2, "bytes": size}
    assert "configs/02-margin.json" in zipfile.ZipFile(out).namelist()


@pytest.mark.parametrize(
    ("sweep", "out", "sentence"),
    [
        ("nothing", "report.html", "There is no sweep nothing"),
        (None, "report.pdf", "report.pdf ends in none of .html, .zip"),
        (None, "report", "report ends in none of"),
        (None, "missing/report.html", "There is no folder"),
        (None, "folder.zip", "is a folder"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(sweep_id, tmp_path, capsys, sweep, out, sentence):
    (tmp_path / "folder.zip").mkdir()
    before = sorted(tmp_path.iterdir())
    assert main(["report", sweep or sweep_id, "--out", str(tmp_path / out)]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert sorted(tmp_path.iterdir()) == before


def test_usage(capsys):
    for words in (["report"], ["report", "x"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
