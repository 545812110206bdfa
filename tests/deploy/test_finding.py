"""What people call a model is found, and what cannot be found gets the true reason."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from game import Game, corpus
from leaving import fitted, leave, toy

from al_core import paths
from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.deploy import export, finding, reader
from al_core.deploy.face import ModelBench, Promotion
from al_core.deploy.locating import located
from al_core.errors import BadInput, Unavailable
from al_core.store import Store, lifecycle, models, open_store, runs
from al_core.store.models import Origin
from al_core.workbench import Workbench
from al_core.worker import process
from al_core.worker.promote import promote
from al_core.worker.run import run

CONFIG = RunConfig(
    name="Small",
    corpus=Component(name="demo", params={"rows": 400}),
    split=SplitSettings(initial=40, validation=60, test=60),
    features=Component(name="tfidf"),
    classifier=Component(name="logistic"),
    strategy=Component(name="random"),
    cycle=CycleSettings(rounds=1, batch_size=10, carry="fresh", baseline=False),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, and let the test itself prepare what is promoted."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("al_core.worker.starter.start_promoting", lambda *_: True)
    return folder


@pytest.fixture
def mine(home: Path) -> Iterator[Store]:
    """Open the store that a command opens."""
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def finished(mine: Store) -> str:
    run_id = runs.create_run(mine, CONFIG, Workbench.corpus_key(CONFIG.corpus))
    assert run(mine, run_id) == "finished"
    return run_id


def unheard(words: str, share: float) -> None:
    """Take progress."""
    del words, share


def place(name: str) -> None:
    """Put something that looks like an export in the present folder."""
    Path(name).mkdir()
    (Path(name) / "model.json").write_text("{}")


def reason(store: Store, what: str) -> str:
    with pytest.raises(BadInput) as caught:
        finding.find(store, what, unheard)
    return str(caught.value)


# A word and a folder of the same name


def test_the_store_goes_before_a_folder_of_that_name(mine, finished):
    version = ModelBench(mine).promote(Origin(run_id=finished, round=1), Promotion("spam", 0.4, by="Ada"))
    assert promote(mine, "spam", version) == "ready"
    ready = paths.models("spam", version) / "export"
    for name in ("spam", "other", finished):
        place(name)
    for what, folder, words in (
        ("spam", ready, ["Found the model spam, version 1. For the folder, write ./spam."]),
        ("spam:1", ready, ["Found the model spam, version 1."]),
        (f"{finished}:0", paths.run(finished) / "export-0", [f"Found the run {finished}, round 0."]),
        ("other", Path("other"), ["Found the folder other."]),
        ("./spam", Path("spam"), []),
        (str(Path("spam").absolute()), Path("spam").absolute(), []),
    ):
        said: list[str] = []
        assert located(what, unheard, said.append).folder == folder
        assert said == words
    said = []
    of_run = located(finished, unheard, said.append)
    assert of_run.folder.parent == paths.run(finished) and f"write ./{finished}" in said[0]


def test_a_folder_is_found_where_the_store_cannot_be_opened(monkeypatch, tmp_path):
    (tmp_path / "bad.sqlite").write_text("this is no database" * 100)
    monkeypatch.setenv("AL_STORE_URL", f"sqlite:///{tmp_path / 'bad.sqlite'}")
    place("spam")
    said: list[str] = []
    assert located("spam", unheard, said.append).folder == Path("spam")
    assert said == ["Found the folder spam; the store, which goes first, cannot be opened."]
    assert located("./spam", unheard, said.append).folder == Path("spam")
    with pytest.raises(Unavailable, match="cannot be opened"):
        located("nothing", unheard, said.append)


# Reasons


def test_a_run_says_how_far_it_is(mine):
    run_id = runs.create_run(mine, CONFIG, "demo")
    for what in (run_id, f"{run_id}:0"):
        assert "has not begun yet" in reason(mine, what)
    lifecycle.want(mine, run_id, "cancelled")
    assert "no fitted model yet; it is cancelled" in reason(mine, run_id)
    working = runs.create_run(mine, CONFIG, "demo", process.this())
    assert "no fitted model yet; wait for its first fit" in reason(mine, working)


def test_rounds_and_models_that_are_not_here(mine, finished, monkeypatch):
    assert reason(mine, f"{finished}:9") == f"Run {finished} has no round 9; its last is 1."
    (paths.models_of(finished) / "round-0.model.npz").unlink()
    assert "round 0" in reason(mine, f"{finished}:0") and "there are: 1." in reason(mine, f"{finished}:0")
    shutil.rmtree(paths.models_of(finished))
    assert "Run it again" in reason(mine, finished)
    monkeypatch.setattr("al_core.worker.process.host", lambda: "another")
    for what in (finished, f"{finished}:1"):
        assert "are not on this machine" in reason(mine, what)


def test_a_version_says_how_far_it_is(mine, finished):
    bench, origin = ModelBench(mine), Origin(run_id=finished, round=1)
    first = bench.promote(origin, Promotion("spam", 0.4, by="Ada"))
    for what in ("spam", "spam:1"):
        assert "Version 1 of spam is still being prepared" in reason(mine, what)
    models.failed(mine, "spam", first, "The disk was full.")
    for what in ("spam", "spam:1"):
        assert reason(mine, what) == "Version 1 of spam could not be prepared: The disk was full."
    second = bench.promote(origin, Promotion("spam", 0.4, by="Ada"))
    assert promote(mine, "spam", second) == "ready"
    assert finding.find(mine, "spam", unheard).folder == paths.models("spam", second) / "export"
    assert "no version 7" in reason(mine, "spam:7")
    shutil.rmtree(paths.models("spam", second))
    assert "are not on this machine" in reason(mine, "spam")


def test_a_session_gives_its_newest_model_or_one_by_number(store):
    game = Game(store, corpus(), validation=20)
    for what in (game.id, f"{game.id}:1"):
        assert "has no model yet" in reason(store, what)
    game.label(60)
    game.must_learn()
    found = finding.find(store, f"{game.id}:1", unheard)
    assert found == finding.find(store, game.id, unheard)
    assert found.name == f"{game.id}-1" and reader.load(found.folder).classes
    for number in (0, 2):
        assert f"has no model {number}; its newest is 1" in reason(store, f"{game.id}:{number}")


def test_a_word_that_is_nothing(mine):
    assert "no model, run or session 'nobody'" in reason(mine, "nobody")
    assert "no folder of an exported model" in reason(mine, "a/b")


# Exports that meet


def test_a_full_data_folder_is_one_sentence(mine, finished, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("al_core.deploy.finding.export", full)
    with pytest.raises(Unavailable, match=r"data folder .*: No space left on device"):
        finding.find(mine, finished, unheard)


@pytest.mark.parametrize("late", [False, True], ids=["before it is begun", "before it is renamed"])
def test_of_two_exports_at_once_the_first_is_used(mine, finished, monkeypatch, late):
    folder, again = paths.run(finished) / "export-1", []
    write, begin = export._write, finding.export

    def meanwhile(call, *given, **more):
        """Let another process be done at this moment."""
        if not again:
            again.append(True)
            finding.find(mine, f"{finished}:1", unheard)
        return call(*given, **more)

    if late:
        monkeypatch.setattr(export, "_write", lambda *given: meanwhile(write, *given))
    else:
        monkeypatch.setattr(finding, "export", lambda *given, **more: meanwhile(begin, *given, **more))
    assert finding.find(mine, f"{finished}:1", unheard).folder == folder
    assert again and reader.load(folder).classes
    assert not list(folder.parent.glob(".export*"))


def test_a_folder_that_is_taken_by_something_else_is_still_an_error(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("x")
    with pytest.raises(OSError):
        export._put_in_place(tmp_path / "part", tmp_path / "taken")


def test_a_zip_has_a_name_inside_and_old_ones_are_swept(tmp_path):
    source, _ = fitted(tmp_path, Component(name="logistic"), Component(name="tfidf"), toy())
    folder = leave(tmp_path / "export", source)
    old, new = tmp_path / ".export.12345678.zip", tmp_path / ".export.87654321.zip"
    for path in (old, new):
        path.write_bytes(b"x")
    long_ago = time.time() - export.FORGOTTEN_SECONDS - 60
    os.utime(old, (long_ago, long_ago))
    (tmp_path / "spam.zip").write_bytes(export.zipped(folder, "spam-3"))
    assert {name.split("/")[0] for name in zipfile.ZipFile(tmp_path / "spam.zip").namelist()} == {"spam-3"}
    assert not old.exists() and new.exists()
