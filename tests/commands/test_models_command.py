"""`python -m al_core models` and `export`, as a person or a script uses them."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from al_core.__main__ import main
from al_core.commands import models as command
from al_core.presets import PRESETS
from al_core.store import models, open_store, runs
from al_core.store.models import Origin

FILES = {"model.json": "{}", "predict.py": "", "saved/variables/one.npy": "x"}


def put(folder: Path) -> Path:
    """Write something that looks like an export; what is in it is nothing to these commands."""
    for name, body in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(body)
    return folder


@pytest.fixture
def spam(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Promote a model `spam`; return the folder of its export."""
    store = open_store()
    origin = Origin(run_id=runs.create_run(store, PRESETS["demo"].config, "c"), round=1)
    models.create(
        store, "spam", origin, threshold=0.5, fn_price=1, fp_price=1, note="Mine", promoted_by="Ada"
    )
    models.ready(store, "spam", 1)
    store.close()
    monkeypatch.chdir(tmp_path)
    return put(home / "models" / "spam" / "1" / "export")


def files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_the_list(home, capsys):
    assert main(["models"]) == 0
    assert "promote one" in capsys.readouterr().out


def test_the_list_of_one(spam, capsys):
    assert main(["models"]) == 0
    assert capsys.readouterr().out == "spam:1: ready, in use. Mine\n"
    assert main(["models", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(line["name"], line["version"], line["in_use"]) for line in told] == [("spam", 1, True)]


def test_a_folder_and_then_the_newest_again(spam, tmp_path, capsys):
    """The first export leaves a folder `spam`, which the second must not take for the model."""
    assert main(["export", "spam", "spam"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Wrote spam.") and captured.err == "Found the model spam, version 1.\n"
    assert files(tmp_path / "spam") == FILES
    (spam / "predict.py").write_text("newer")
    assert main(["export", "spam", "new/er", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"model": "spam", "out": "new/er"}
    assert "write ./spam" in captured.err and (tmp_path / "new/er/predict.py").read_text() == "newer"
    assert main(["export", "./spam", "older"]) == 0
    assert files(tmp_path / "older") == FILES


def test_a_zip_unpacks_to_name_and_version(spam, tmp_path):
    assert main(["export", "spam", "out.ZIP"]) == 0
    assert sorted(zipfile.ZipFile(tmp_path / "out.ZIP").namelist()) == sorted(f"spam-1/{n}" for n in FILES)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "out.ZIP"]


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("out", ["out", "out.zip"])
def test_a_copy_that_fails_leaves_nothing_and_may_be_tried_again(spam, tmp_path, capsys, monkeypatch, out):
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        patched.setattr(zipfile.ZipFile, "write", full)
        assert main(["export", "spam", out]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told == f"{out} cannot be written: No space left on device."
    assert [each.name for each in tmp_path.iterdir()] == ["home"]
    assert main(["export", "spam", out]) == 0


def test_what_came_to_be_meanwhile_is_not_replaced(spam, tmp_path, capsys, monkeypatch):
    write = command.zip_to

    def meanwhile(*given):
        write(*given)
        (tmp_path / "out.zip").write_text("mine")

    monkeypatch.setattr(command, "zip_to", meanwhile)
    assert main(["export", "spam", "out.zip"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (tmp_path / "out.zip").read_text() == "mine"
    assert main(["export", "spam", "out.zip"]) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "out.zip"]


def test_out_is_not_blamed_for_the_data_folder(spam, capsys, monkeypatch):
    monkeypatch.setattr(command, "located", full)
    with pytest.raises(OSError, match="No space"):
        main(["export", "spam", "out"])
    assert "cannot be written" not in capsys.readouterr().err
