"""What is installed and reachable here: `python -m al_core doctor`."""

from __future__ import annotations

import platform
import shutil
from typing import Any

from al_core import __version__, devices, paths


def report() -> dict[str, Any]:
    """Return versions, devices, store and data folder as plain data; imports the training framework."""
    from al_core.workbench import Workbench

    home = paths.home()
    free = shutil.disk_usage(home).free
    bench = Workbench()
    devices.setup()
    return {
        "workbench": {
            "version": __version__,
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "packages": devices.versions(),
        "devices": devices.describe(),
        "store": {"url": bench.store.shown_url, "runs": bench.count_runs()},
        "data folder": {"path": str(home), "free GB": round(free / 1e9, 1)},
    }
