"""The code version: another with every file that decides a history, the same with all others."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import al_core
from al_core.code_version import DECIDING, code_version, digest, gone_on

PACKAGE = Path(al_core.__file__).parent
ASIDE = {"__init__.py", "archive.py", "disk/__init__.py", "disk/room.py", "errors.py", "paths.py"}
"""What a run imports besides: where its files lie, and how they are written."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    made = tmp_path / "al_core"
    shutil.copytree(PACKAGE, made, ignore=shutil.ignore_patterns("__pycache__"))
    return made


@pytest.mark.parametrize(
    "name", ["strategies/margin.py", "strategies/wrappers/subsampled.py", "loop.py", "evaluation/metrics.py"]
)
def test_it_changes_with_a_file_that_decides(copy, name):
    with (copy / name).open("a") as file:
        file.write("# another line\n")
    assert digest(copy) != digest(PACKAGE)


def test_it_changes_with_a_new_entry_and_with_a_file_that_is_gone(copy):
    (copy / "strategies" / "mine.py").write_text("ENTRY = None\n")
    with_mine = digest(copy)
    (copy / "strategies" / "mine.py").rename(copy / "strategies" / "yours.py")
    renamed = digest(copy)
    (copy / "strategies" / "yours.py").unlink()
    assert len({digest(PACKAGE), with_mine, renamed}) == 3 and digest(copy) == digest(PACKAGE)


def test_it_stays_with_what_decides_nothing(copy):
    for name in (
        "store/runs.py",
        "commands/report.py",
        "reporting/page.py",
        "workbench.py",
        "labelling/desk.py",
    ):
        with (copy / name).open("a") as file:
            file.write("# another line\n")
    (copy / "strategies" / "__pycache__").mkdir()
    (copy / "strategies" / "__pycache__" / "margin.pyc").write_bytes(b"compiled")
    assert digest(copy) == digest(PACKAGE)


def test_line_ends_are_those_of_the_system(copy):
    for file in copy.rglob("*.py"):
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert digest(copy) == digest(PACKAGE)


def test_every_process_says_the_same(tmp_path):
    words = "from al_core.code_version import code_version; print(code_version())"
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == code_version() == f"{al_core.__version__}+{digest(PACKAGE)}"
    assert len(code_version()) < 20


def test_a_run_that_goes_on_by_other_code_is_of_both():
    mine = code_version()
    assert gone_on("0.1.0") == f"0.1.0, {mine}"
    assert gone_on(mine) == mine
    assert gone_on(f"0.1.0, {mine}") == f"0.1.0, {mine}"
    assert gone_on(f"0.1.0, {mine}, more") == f"0.1.0, {mine}, more"
    assert gone_on("0.1.0+11111111, 0.1.0+22222222") == f"0.1.0+11111111, {mine}"
    assert len(gone_on("0.1.0+11111111, 0.1.0+22222222")) <= 40, "as wide as the column"


def imported(name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((PACKAGE / name).read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        for each in names:
            place = Path(*each.split(".")[1:]) if each.startswith("al_core") else None
            for file in (place.with_suffix(".py"), place / "__init__.py") if place and place.name else ():
                if (PACKAGE / file).is_file():
                    yield file.as_posix()


def test_nothing_that_an_experiment_is_made_of_is_left_out():
    # What a registry offers is imported by the folder, not by name.
    offered = [each for name in DECIDING for each in (PACKAGE / name).rglob("*.py")]
    seen: set[str] = set()
    ahead = ["experiment.py", "loop.py", *(each.relative_to(PACKAGE).as_posix() for each in offered)]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += imported(name)
    known = [PACKAGE / each for each in DECIDING]
    outside = {name for name in seen if not any((PACKAGE / name).is_relative_to(each) for each in known)}
    assert outside <= ASIDE
    assert all(each.exists() for each in known)
