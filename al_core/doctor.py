"""What is installed and reachable here: `python -m al_core doctor`."""

from __future__ import annotations

import platform
import shutil
from typing import Any

from al_core import devices, paths
from al_core.code_version import code_version
from al_core.disk import room
from al_core.disk.usage import usage


def report() -> dict[str, Any]:
    """Return versions, devices, store, data folder and what takes its room as plain data.

    A `warning` is among it where the disk is nearly full. Imports the training framework.
    """
    from al_core.workbench import Workbench

    home = paths.home()
    free, takes = shutil.disk_usage(home).free, usage(home)
    bench = Workbench()
    devices.setup()
    found: dict[str, Any] = {
        "workbench": {
            "version": code_version(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "packages": devices.versions(),
        "devices": devices.describe(),
        "store": {"url": bench.store.shown_url, "runs": bench.count_runs()},
        "data folder": {"path": str(home), "free GB": round(free / 1e9, 1)},
        "data folder, MB": {part: round(size / 1e6, 1) for part, size in takes.items()}
        | {"total": round(sum(takes.values()) / 1e6, 1)},
    }
    if sentence := room.warning(free):
        found["warning"] = sentence
    return found
