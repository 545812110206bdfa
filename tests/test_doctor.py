"""What `doctor` says of the disk; its other lines are looked at in test_cli."""

from __future__ import annotations

import json

import pytest

from al_core import paths
from al_core.__main__ import main
from al_core.disk import room
from al_core.disk.usage import usage

pytestmark = pytest.mark.xdist_group("keras")  # one process pays for TensorFlow


def test_what_each_part_takes_and_no_warning_where_there_is_room(home, monkeypatch, capsys):
    monkeypatch.setattr(room, "LOW", 0)
    (paths.corpora() / "a.parquet").write_bytes(b"x" * 2_500_000)
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    takes = found["data folder, MB"]
    assert takes.keys() == {*usage(home), "total"}
    assert takes["corpora"] == 2.5 and takes["total"] >= 2.5 and found["data folder"]["free GB"] > 0
    assert "warning" not in found


def test_little_room_is_told_in_one_sentence(home, monkeypatch, capsys):
    monkeypatch.setattr(room, "LOW", 10**18)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "data folder, MB\n    corpora: 0.0\n" in out
    assert out.splitlines()[-2:] == ["warning", f"    {out.splitlines()[-1].strip()}"]
    assert out.splitlines()[-1].strip().startswith("Only ") and "clean --dry-run" in out


def test_two_gigabytes_are_enough():
    assert room.warning(2 * 10**9) == ""
    assert room.warning(1_240_000_000) == (
        f"Only 1.2 GB are free on the disk of {paths.home()}; "
        "python -m al_core clean --dry-run lists what can go."
    )
