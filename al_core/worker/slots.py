"""How many runs this machine works on at once, and which part of it each one gets."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess

from al_core import devices
from al_core.errors import BadInput
from al_core.store import Store, lifecycle
from al_core.worker import process

ALL = "AL_GPUS"
"""The variable by which a worker, which sees one GPU, knows of all."""
_DEVICE = re.compile(r"UUID: ((GPU|MIG)-[^)\s]+)")


def count() -> int:
    """Return the number of slots: `AL_SLOTS`, else one per GPU, else one per two cores."""
    if given := os.environ.get("AL_SLOTS"):
        if not given.isdecimal() or int(given) < 1:
            raise BadInput(f"AL_SLOTS is a whole number from 1, not {given!r}.")
        return int(given)
    return len(gpus()) or max(1, devices.cores() // 2)


@functools.cache
def gpus() -> tuple[str, ...]:
    """Return the GPUs that a run may use, as CUDA_VISIBLE_DEVICES names them; asked once."""
    chosen = os.environ.get(ALL, os.environ.get("CUDA_VISIBLE_DEVICES"))
    if chosen is not None:
        return tuple(each for each in (part.strip() for part in chosen.split(",")) if each not in ("", "-1"))
    if not (tool := shutil.which("nvidia-smi")):
        return ()
    try:
        told = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()  # a driver that does not answer gives no run a GPU either
    found = _DEVICE.findall(told)
    # A GPU that is cut into parts is listed before them; only the parts can be used.
    parts = tuple(name for name, kind in found if kind == "MIG")
    return parts or tuple(name for name, _ in found)


def environment(slot: int) -> dict[str, str]:
    """Return the variables that keep the worker of a slot to its own GPU, and let it start runs on others."""
    found = gpus()
    return {"CUDA_VISIBLE_DEVICES": found[slot % len(found)], ALL: ",".join(found)} if found else {}


def free(store: Store) -> int:
    """Return how many slots a queued run may have: not those that runs of the foreground wait for here."""
    return max(0, count() - lifecycle.spoken_for(store, process.host()))


def take_slot(store: Store, run_id: str) -> int | None:
    """Give a queued or waiting run a free slot; None if there is none, or the run is taken."""
    here = process.host()
    for slot in range(count()):
        if lifecycle.take_slot(store, run_id, here, slot):
            return slot
    return None
