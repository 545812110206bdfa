"""What a run computes on. Nothing here imports a framework unless it is asked to."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

PACKAGES = (
    "streamlit",
    "keras",
    "tensorflow",
    "tensorflow-datasets",
    "jax",
    "torch",
    "numpy",
    "pandas",
    "plotly",
    "scikit-learn",
    "scipy",
    "SQLAlchemy",
    "alembic",
    "psycopg",
    "pydantic",
    "pyarrow",
    "psutil",
)


def setup() -> None:
    """Quiet the frameworks and let them share a GPU; to be called before any is imported.

    By environment, not by API: a run whose classifier needs no framework then imports none.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    # Two threads may otherwise add up the embedding's gradient in another order each time.
    os.environ.setdefault("TF_DETERMINISTIC_OPS", "1")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def describe(*, load: bool = True) -> dict[str, Any]:
    """Return backend, processor and GPUs as plain data.

    Imports the backend, which takes seconds. Without `load` the backend counts only if it is
    imported already: a run asks once its classifier has done so, or does without.
    """
    name = backend()
    framework = name if load or name in sys.modules else None
    gpus = _gpus(framework) if framework else []
    return {
        "backend": name if framework else "scikit-learn",
        "kind": "GPU" if gpus else "CPU",
        "name": gpus[0] if gpus else cpu_name(),
        "gpus": gpus,
        "cpu": cpu_name(),
        "cores": cores(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {key: value for key, value in versions().items() if key in ("keras", name)},
    }


def backend() -> str:
    """Return the backend that Keras would use: `KERAS_BACKEND`, else its own settings file."""
    if chosen := os.environ.get("KERAS_BACKEND"):
        return chosen
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings = json.loads((home / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "tensorflow"
    return str(settings.get("backend", "tensorflow"))


def versions() -> dict[str, str | None]:
    """Return the version of each package that matters, None where it is not installed."""
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_name() -> str:
    """Return the processor's own name as far as the system tells it."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
        if told.stdout.strip():
            return told.stdout.strip()
    return platform.processor() or platform.machine()


def _gpus(framework: str) -> list[str]:
    if framework == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        return [
            tf.config.experimental.get_device_details(each).get("device_name", each.name) for each in devices
        ]
    if framework == "jax":
        import jax

        return [each.device_kind for each in jax.devices() if each.platform != "cpu"]
    if framework == "torch":
        import torch

        if torch.cuda.is_available():
            return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return ["Apple GPU"] if torch.backends.mps.is_available() else []
    return []
