"""Configs as files and as `--set key=value` words."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from al_core import catalogue
from al_core.config import RunConfig
from al_core.errors import BadInput

_COMPONENTS = {"corpus", "features", "classifier", "calibration", "strategy", "starter", "oracle"}


def load(path: Path) -> RunConfig:
    """Read a TOML or JSON config; raises `BadInput` in one sentence."""
    return catalogue.validated(read(path))


def read(path: Path) -> Any:
    """Read a TOML or JSON file as it stands; raises `BadInput` in one sentence."""
    readers = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix.lower() not in readers:
        raise BadInput(f"{path} is not a config: its name must end in .toml or .json.")
    try:
        return readers[path.suffix.lower()](path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadInput(f"{path} is not valid {path.suffix[1:].upper()}: {error}.") from error


def override(config: RunConfig, words: Iterable[str]) -> RunConfig:
    """Return the config with each `key=value` applied, e.g. `cycle.rounds=1` or `strategy=random`.

    Values are read as JSON, else as text. A bare component name (`strategy=random`) replaces the
    component and takes its defaults; `strategy.value=1` sets one of its parameters.
    """
    data: dict[str, Any] = config.model_dump(mode="json")
    for word in words:
        key, separator, text = word.partition("=")
        if not separator:
            raise BadInput(f"{word!r} is not key=value.")
        _set(data, key.strip().split("."), _value(text), word)
    return catalogue.validated(data)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _set(data: dict[str, Any], path: list[str], value: Any, word: str) -> None:
    if path[0] in _COMPONENTS:
        if len(path) == 1:
            data[path[0]] = {"name": value, "params": {}} if isinstance(value, str) else value
            return
        if path[1] not in ("name", "params"):
            path = [path[0], "params", *path[1:]]
    place: Any = data
    for part in path[:-1]:
        place = place.get(part) if isinstance(place, dict) else None
    known = isinstance(place, dict) and (path[-1] in place or path[-2:-1] == ["params"])
    if not known:
        raise BadInput(
            f"{word!r} names nothing in the configuration; try seed, cycle.rounds, classifier.epochs."
        )
    place[path[-1]] = value
