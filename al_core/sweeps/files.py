"""Settings of a sweep as a file that somebody brings."""

from __future__ import annotations

import json
import tomllib
from pathlib import PurePath

from al_core.errors import BadInput
from al_core.sweeps.settings import SweepSettings, validated

LARGEST = 1_000_000
"""Bytes; the settings of a sweep take a few thousand."""
_READERS = {".toml": tomllib.loads, ".json": json.loads}


def parsed(name: str, data: bytes) -> SweepSettings:
    """Return the settings in a TOML or JSON file of that name, or raise `BadInput` in one sentence."""
    ending = PurePath(name).suffix.lower()
    if ending not in _READERS:
        raise BadInput(f"{name} is not a settings file: its name must end in .toml or .json.")
    if len(data) > LARGEST:
        raise BadInput(f"{name} is too large for settings: {LARGEST:,} bytes are the most.")
    try:
        found = _READERS[ending](data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is not valid {ending[1:].upper()}: {error}.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{name} holds no settings of a sweep: it begins with no name, base and seeds.")
    return validated(found)
