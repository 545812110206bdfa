"""Disks that are small enough to be filled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[float], Path]]:
    """Return what gives a real disk of so many MB, which a test can fill to the last byte."""
    mounted: list[Path] = []

    def mount(megabytes: float) -> Path:
        place = tmp_path / f"disk-{len(mounted)}"
        place.mkdir()
        if not shutil.which("mount"):
            pytest.skip("needs the command mount")
        size = f"size={round(megabytes * 2**20)}"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], capture_output=True)
        if done.returncode:
            pytest.skip("needs the right to mount a tmpfs, as root has it on Linux")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture
def fill() -> Callable[[Path, int], Path]:
    """Return what fills a disk but for so many bytes, with one file that a test may remove."""

    def filled(disk: Path, left: int = 0) -> Path:
        ballast = disk / "ballast"
        room = max(0, shutil.disk_usage(disk).free - left)
        ballast.write_bytes(b"\1" * room)
        return ballast

    return filled
