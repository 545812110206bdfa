"""Which process lives, and how many slots there are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from al_core import devices
from al_core.errors import BadInput
from al_core.worker import process, slots

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]

LISTED = """GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1)
GPU 1: NVIDIA H200 (UUID: GPU-bbbb-2)
"""
CUT = """GPU 0: NVIDIA H200 (UUID: GPU-aaaa-1)
  MIG 1g.18gb     Device  0: (UUID: MIG-cccc-3)
"""


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Stand in for nvidia-smi with a script that prints what a real one printed."""

    def make(output):
        path = tmp_path / "nvidia-smi"
        path.write_text(f"#!/bin/sh\ncat <<'END'\n{output}END\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("AL_SLOTS", raising=False)
    slots.gpus.cache_clear()
    yield make
    slots.gpus.cache_clear()


def test_this_process_lives():
    me = process.this()
    assert process.alive(me.pid, me.created) and process.of(me.pid) == me


def test_a_reused_number_is_not_alive():
    me = process.this()
    assert not process.alive(me.pid, me.created - 60)


def test_a_killed_process_is_dead_even_as_a_zombie():
    child = subprocess.Popen(SLEEP)
    found = process.of(child.pid)
    assert found and process.alive(found.pid, found.created)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and not collected yet
    assert not process.alive(found.pid, found.created)
    child.wait()
    assert not process.alive(found.pid, found.created) and process.of(found.pid) is None


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for nvidia-smi is a shell script")
@pytest.mark.parametrize(
    ("output", "names"),
    [(LISTED, ("GPU-aaaa-1", "GPU-bbbb-2")), (CUT, ("MIG-cccc-3",)), ("No devices found\n", ())],
)
def test_one_slot_per_gpu(tool, output, names):
    tool(output)
    assert slots.gpus() == names
    assert slots.count() == (len(names) or max(1, devices.cores() // 2))
    if names:
        assert slots.environment(0)["CUDA_VISIBLE_DEVICES"] == names[0]
        assert slots.environment(len(names)) == slots.environment(0), "AL_SLOTS may share a GPU"


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for nvidia-smi is a shell script")
def test_a_worker_that_sees_one_gpu_starts_its_successor_on_any(tool, monkeypatch):
    tool(LISTED)
    names = slots.gpus()
    for name, value in slots.environment(1).items():
        monkeypatch.setenv(name, value)
    slots.gpus.cache_clear()
    assert slots.gpus() == names and slots.count() == 2
    assert slots.environment(0)["CUDA_VISIBLE_DEVICES"] == names[0]


def test_gpus_that_are_hidden_are_not_used(tool, monkeypatch):
    tool(LISTED)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert slots.gpus() == () and slots.environment(0) == {}


def test_slots_by_setting(monkeypatch):
    monkeypatch.setenv("AL_SLOTS", "7")
    assert slots.count() == 7
    for wrong in ("0", "-1", "many"):
        monkeypatch.setenv("AL_SLOTS", wrong)
        with pytest.raises(BadInput, match="AL_SLOTS is a whole number"):
            slots.count()


def test_devices_without_a_framework(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert devices.backend() == "jax"
    found = devices.describe(load=False)
    assert found["backend"] == "scikit-learn", "what computes while no framework is imported"
    assert found["kind"] == "CPU" and found["cpu"] and found["cores"] >= 1
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert devices.backend() == "tensorflow"
    (tmp_path / "keras.json").write_text('{"backend": "torch"}')
    assert devices.backend() == "torch"
    assert devices.versions()["numpy"] and devices.versions()["psutil"]
