"""Checkpoints: what goes in comes out, and a bad file only costs time."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from al_core.loop import Asked, Checkpoint
from al_core.worker import checkpoints
from al_core.worker.checkpoints import CheckpointFile

FULL = Asked(
    np.array([3, 1], np.int64),
    np.array([0, 1], np.int32),
    np.array([0.1 + 0.2, -np.inf]),
    np.array([1, 1], np.int32),
)
STATE = {
    "progress": np.array('{"wait": 0}'),
    "weights/000": np.linspace(0, 1, 7, dtype=np.float32).reshape(7, 1),
    "optimizer/000": np.array(5, np.int64),
}


@pytest.fixture
def file(tmp_path):
    return CheckpointFile(tmp_path / "checkpoint.npz", "key")


def test_round_trip(file):
    for asked in (FULL, Asked.nothing()):
        file.save(Checkpoint(2, asked, STATE, {"score": 0.1}))
        file.flush()
        found = file.load()
        assert (found.round, found.seconds) == (2, {"score": 0.1})
        for name in ("rows", "labels", "scores", "predicted"):
            one, other = getattr(asked, name), getattr(found.asked, name)
            assert (one is None) == (other is None)
            if one is not None:
                assert one.dtype == other.dtype and np.array_equal(one, other)
        assert found.state.keys() == STATE.keys()
        assert all(
            np.array_equal(found.state[k], STATE[k]) and found.state[k].dtype == STATE[k].dtype for k in STATE
        )
    assert [path.name for path in file.path.parent.iterdir()] == ["checkpoint.npz"]


def test_nothing_there(file):
    assert file.load() is None
    file.flush()
    file.remove()
    assert not file.path.exists()


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "text", "other config", "other format"])
def test_a_file_that_cannot_be_used_is_refused(file, damage, caplog, monkeypatch):
    if damage == "other format":
        monkeypatch.setattr(checkpoints, "FORMAT", 99)
    file.save(Checkpoint(1, FULL, STATE))
    monkeypatch.undo()
    data = bytearray(file.path.read_bytes())
    middle = data.index(np.float32(0.5).tobytes())  # inside the weights
    data[middle + 2] ^= 0xFF
    contents = {
        "empty": b"",
        "cut": bytes(data[: len(data) // 2]),
        "flipped": bytes(data),
        "text": b"not a file",
    }
    if damage in contents:
        file.path.write_bytes(contents[damage])
    other = CheckpointFile(file.path, "another" if damage == "other config" else "key")
    with caplog.at_level(logging.WARNING):
        assert other.load() is None
    assert "starts over" in caplog.text


def test_saves_that_come_too_fast_wait_for_the_flush(file):
    for number in range(5):
        file.save(Checkpoint(number, FULL, STATE))
    assert file.load().round == 0
    file.flush()
    assert file.load().round == 4


def test_a_write_that_breaks_leaves_the_old_one(file, monkeypatch):
    file.save(Checkpoint(1, FULL, STATE))

    def broken(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", broken)
    file._next = 0.0
    with pytest.raises(OSError, match="disk full"):
        file.save(Checkpoint(2, FULL, STATE))
    assert file.load().round == 1
