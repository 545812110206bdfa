"""`python -m al_core sweep`, as a person or a script uses it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from al_core.__main__ import main
from al_core.commands import sweep as command
from al_core.store import Store, lifecycle, open_store, runs, sweeps, waiting
from al_core.worker import process, reaper

TOML = """
name = "Mine"
seeds = [0, 1]

[base]
name = "Base"
corpus = {name = "demo", params = {rows = 300}}
split = {initial = 20, validation = 40, test = 60}
features = {name = "tfidf"}
classifier = {name = "logistic"}
strategy = {name = "margin"}
cycle = {rounds = 1, batch_size = 10}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(TOML, encoding="utf-8")
    return path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Store, str], str]], None]:
    """Let each look carry out one run of the queue, without training."""
    monkeypatch.setattr(command, "LOOK", 0)
    monkeypatch.setenv("AL_SLOTS", "1")

    def carried_out_by(ends: Callable[[Store, str], str]) -> None:
        def tend(store: Store) -> None:
            if run_id := waiting.next_queued(store):
                owner = process.this()
                assert lifecycle.take_slot(store, run_id, owner.host, 0)
                assert lifecycle.claim(store, run_id, owner)
                state = ends(store, run_id)
                assert lifecycle.end(store, run_id, owner, state, "Broken." if state == "failed" else "")

        monkeypatch.setattr(reaper, "tend", tend)

    return carried_out_by


@pytest.fixture
def all_well(quick):
    quick(lambda store, run_id: "finished")


def test_it_tells_of_each_run_and_ends_when_all_are_over(file, all_well, capsys):
    assert main(["sweep", str(file)]) == 0
    out, err = capsys.readouterr()
    assert re.fullmatch(r"Sweep \w{12}: 4 of 4 runs finished, in \d+ s\n", out)
    lines = err.splitlines()
    assert re.fullmatch(r"Sweep \w{12}: 4 runs, about .* on 1 slot", lines[0])
    assert re.fullmatch(r"Mine: .*, seed \d: finished \(2 left, about \d+ s\)", lines[-3])
    assert lines[-1].endswith("(none left)")


def test_as_json_and_what_is_there_is_not_run_again(file, all_well, capsys):
    assert main(["sweep", str(file), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(["sweep", str(file), "--json", "--seeds", "1", "5"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(told) == {"sweep", "runs", "seconds"} and told["sweep"] != first["sweep"]
    names = ["run", "name", "seed", "strategy", "state", "labels", "test_accuracy", "reused"]
    assert all(list(run) == names for run in told["runs"])
    facts = [(run["seed"], run["strategy"], run["reused"]) for run in told["runs"]]
    assert facts == [(1, "random", True), (1, "margin", True), (5, "random", False), (5, "margin", False)]
    assert [run["run"] for run in told["runs"][:2]] == [run["run"] for run in first["runs"][2:]]


def test_a_json_file_from_the_page_begins_the_same_sweep(file, tmp_path, all_well, capsys):
    assert main(["sweep", str(file), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    store = open_store()
    copy = tmp_path / "copy.json"
    copy.write_text(json.dumps(sweeps.sweep(store, first["sweep"]).settings), encoding="utf-8")
    store.close()
    assert main(["sweep", str(copy), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert all(run["reused"] for run in again["runs"]) and len(again["runs"]) == 4


def test_a_failed_run_is_told_and_the_sweep_can_go_on(file, quick, capsys):
    quick(lambda store, run_id: "failed" if runs.run(store, run_id).seed else "finished")
    assert main(["sweep", str(file)]) == 1
    out, err = capsys.readouterr()
    assert "2 of 4 runs finished" in out and err.count("failed: Broken.") == 2
    sweep_id = out.split()[1].rstrip(":")
    quick(lambda store, run_id: "finished")
    assert main(["sweep", sweep_id]) == 0
    out, err = capsys.readouterr()
    assert "4 of 4 runs finished" in out and err.count(": finished") == 2
    assert main(["sweep", sweep_id, "--seeds", "2"]) == 0
    assert "6 of 6 runs finished" in capsys.readouterr().out


def test_ctrl_c_leaves_the_queue_and_says_how_to_go_on(file, monkeypatch, capsys):
    def stopped(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(reaper, "tend", lambda store: None)
    monkeypatch.setattr(command.time, "sleep", stopped)
    assert main(["sweep", str(file)]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    store = open_store()
    record = sweeps.list_sweeps(store)[0]
    assert told == f"python -m al_core sweep {record.id}"
    assert (record.wanted, sweeps.states(store, [record.id])[record.id]) == ("running", {"queued": 4})
    store.close()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("missing.toml", None, "cannot be read"),
        ("sweep.txt", "", "must end in .toml or .json"),
        ("sweep.toml", "=", "not valid TOML"),
        ("sweep.json", "[1]", "holds no settings of a sweep"),
        ("sweep.json", "{}", "name: "),
        ("sweep.toml", TOML.replace("test = 60", "test = 9999"), "split asks for"),
        ("nosuchsweep", None, "no sweep"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(name, text, sentence, tmp_path, capsys):
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert main(["sweep", str(path) if path.suffix else name]) == 2
    error = capsys.readouterr().err.strip()
    assert sentence in error and "\n" not in error


def test_seeds_that_cannot_be(file, capsys):
    assert main(["sweep", str(file), "--seeds", "-1"]) == 2
    assert "seeds.0" in capsys.readouterr().err
