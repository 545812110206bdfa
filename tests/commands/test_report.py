"""`python -m al_core report`, as a person or a script uses it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from al_core import reporting
from al_core.__main__ import main
from al_core.comparing import Goal, Prices
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


def test_runs_instead_of_a_sweep(sweep_id, tmp_path, capsys):
    store = open_store()
    ids = [run.id for run, _ in sweeps.runs_of(store, sweep_id)]
    store.close()
    out = tmp_path / "report.html"
    assert main(["report", "--runs", *ids, "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sweep"], told["runs"]) == (None, 2)
    assert "<h1>Comparison of single runs</h1>" in out.read_text(encoding="utf-8")
    assert main(["report", "--runs", ids[0], "nothing", "--out", str(tmp_path / "other.html")]) == 2
    assert "nothing" in capsys.readouterr().err and not (tmp_path / "other.html").exists()


def test_what_is_compared_may_be_chosen(sweep_id, tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(reporting, "html", lambda found, subject, *more: given.append(more) or "")
    words = ["report", sweep_id, "--out", str(tmp_path / "report.html")]
    for more in (
        [],
        ["--target", "0.85"],
        ["--target", "95%", "--metric", "f1"],
        ["--metric", "cost", "--fn-price", "5"],
        ["--metric", "loss"],
        ["--metric", "loss", "--target", "1.5"],
        ["--metric", "balance"],
    ):
        assert main([*words, *more]) == 0
    assert given == [
        ("accuracy", Prices(1, 1), Goal(0.9, True)),
        ("accuracy", Prices(1, 1), Goal(0.85, False)),
        ("f1", Prices(1, 1), Goal(0.95, True)),
        ("cost", Prices(5, 1), Goal(0.9, True)),
        ("loss", Prices(1, 1), Goal(0.5, False)),
        ("loss", Prices(1, 1), Goal(1.5, False)),
        ("balance", Prices(1, 1), None),
    ]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--metric", "nonsense"], "There is no metric 'nonsense'; there are: accuracy, "),
        (["--target", "high"], "'high' is no target"),
        (["--target", "1.5"], "'1.5' is no target"),
        (["--target", "0%"], "'0%' is no target"),
        (["--target", "nan"], "'nan' is no target"),
        (["--metric", "loss", "--target", "90%"], "loss has no share of the way to go"),
        (["--metric", "balance", "--target", "0.5"], "there is no target to reach"),
        (["--metric", "seen"], "is for test texts with copies in training; these runs have none"),
        (["--metric", "cost", "--fn-price", "-1"], "'-1' is no price"),
        (["--metric", "cost", "--fp-price", "inf"], "'inf' is no price"),
        (["--fn-price", "2"], "add --metric cost"),
        (["--runs", "x"], "Give either the id of a sweep, or --runs"),
    ],
)
def test_what_cannot_be_chosen_is_one_sentence_and_status_2(sweep_id, tmp_path, capsys, more, sentence):
    out = tmp_path / "report.html"
    assert main(["report", sweep_id, "--out", str(out), *more]) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert not out.exists()


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
    assert main(["report", "--out", "x.html"]) == 2
    assert "Give either" in capsys.readouterr().err
    for words in (["report"], ["report", "x"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
