"""Which process this is, and whether another one is still alive."""

from __future__ import annotations

import socket

import psutil

from al_core.store.records import Process

TOLERANCE = 2.0
"""Seconds by which two readings of one creation time may differ; no number is reused so soon."""


def host() -> str:
    """Return the name of this machine."""
    return socket.gethostname()


def this() -> Process:
    """Return the present process."""
    own = psutil.Process()
    return Process(host(), own.pid, own.create_time())


def of(pid: int) -> Process | None:
    """Return a process of this machine by its number, None if it is gone."""
    try:
        return Process(host(), pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def alive(pid: int, created: float) -> bool:
    """Tell whether a process of this machine still runs; a zombie and a reused number do not count."""
    try:
        found = psutil.Process(pid)
        same = abs(found.create_time() - created) < TOLERANCE
        return same and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # it is there, and belongs to another user of this machine
