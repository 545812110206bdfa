"""The command line as a person or a script uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from al_core.__main__ import LISTS, main

QUICK = [
    "cycle.rounds=2",
    "cycle.batch_size=20",
    "cycle.baseline=true",
    "classifier.epochs=2",
    "classifier.units=4",
    "classifier.embedding=8",
    "features.length=12",
    "corpus.rows=400",
    "split.initial=60",
    "split.validation=60",
    "split.test=60",
]


@pytest.mark.parametrize("command", ["presets", *LISTS])
def test_lists(command, capsys):
    assert main([command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert rows and all({"name", "title", "help", "parameters"} <= set(row) for row in rows)
    assert main([command]) == 0
    assert rows[0]["title"] in capsys.readouterr().out


def test_published_rule_is_marked(capsys):
    main(["strategies"])
    assert "Caution: Steers on the test split" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run"], "config file or --preset"),
        (["run", "--preset", "nonsense"], "no preset named"),
        (["run", "missing.json"], "cannot be read"),
        (["run", "--preset", "demo", "--set", "seed=-1"], "seed"),
        (["run", "--preset", "demo", "--set", "split.test=99999"], "split asks for"),
        (["worker", "nothing"], "no run nothing"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(words, sentence, capsys):
    assert main(words) == 2
    error = capsys.readouterr().err.strip()
    assert sentence in error and "\n" not in error and "Traceback" not in error


def test_usage_errors_are_status_2():
    with pytest.raises(SystemExit) as ended:
        main(["run", "--nonsense"])
    assert ended.value.code == 2


@pytest.mark.xdist_group("keras")
def test_a_run_in_the_foreground_twice_gives_the_same_numbers(home):
    command = [sys.executable, "-m", "al_core", "run", "--preset", "demo", "--json", "--set", *QUICK]
    results = []
    for _ in range(2):
        done = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | {"AL_HOME": str(home)}
        )
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout.splitlines()[-1]))
    first, second = results
    assert first["run"] != second["run"] and first["state"] == "finished"
    assert [row["labels"] for row in first["rounds"]] == [60, 80, 100]
    assert first["baseline_full"]["labels"] == 280
    for row, again in zip(first["rounds"], second["rounds"], strict=True):
        assert row["test"] == again["test"] and row["validation"] == again["validation"]
        assert {"accuracy", "fn", "fp", "loss", "ece", "brier", "reliability"} <= set(row["test"])
        assert row["uncalibrated"] == again["uncalibrated"]
        assert row["uncalibrated"]["accuracy"] == row["test"]["accuracy"]
        assert row["uncalibrated"]["loss"] != row["test"]["loss"] and row["validation"]["ece"] is not None
        assert set(row["seconds"]) == {"fit", "score", "select"}
    assert sum(first["rounds"][1]["queried_per_class"].values()) == 20
    assert first["seconds"] > 0


def test_doctor(capsys):
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["packages"]["keras"] and found["devices"]["kind"] in ("CPU", "GPU")
    assert found["store"]["runs"] == 0 and "home" in found["data folder"]["path"]
