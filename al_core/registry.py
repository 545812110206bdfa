"""What there is to choose from: one registry per kind, filled by one file per entry.

A registry imports every module of its package and takes the module's `ENTRY`. Those modules
import nothing heavy (no Keras, no TensorFlow) at their top, so that a page may list them.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from al_core.errors import BadInput

Value = bool | int | float | str
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of an entry, described well enough to build a form field from it."""

    name: str
    title: str
    help: str
    default: Value
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    advanced: bool = False

    @property
    def kind(self) -> Literal["bool", "choice", "int", "float", "text"]:
        """Return the kind of field that fits the default."""
        if isinstance(self.default, bool):
            return "bool"
        if self.choices:
            return "choice"
        if isinstance(self.default, int):
            return "int"
        return "float" if isinstance(self.default, float) else "text"

    def check(self, value: object) -> Value:
        """Return `value` in this parameter's type, or raise `BadInput` in one sentence."""
        if self.kind == "bool":
            if isinstance(value, bool):
                return value
            raise BadInput(f"{self.title} is on or off, not {value!r}.")
        if self.kind == "choice":
            if value in self.choices:
                return str(value)
            raise BadInput(f"{self.title} is one of {', '.join(self.choices)}, not {value!r}.")
        if self.kind == "text":
            if isinstance(value, str):
                return value
            raise BadInput(f"{self.title} is a text, not {value!r}.")
        return self._number(value)

    def _number(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadInput(f"{self.title} is a number, not {value!r}.")
        if self.kind == "int" and value != int(value):
            raise BadInput(f"{self.title} is a whole number, not {value!r}.")
        if self.minimum is not None and value < self.minimum:
            raise BadInput(f"{self.title} is at least {self.minimum:g}, not {value:g}.")
        if self.maximum is not None and value > self.maximum:
            raise BadInput(f"{self.title} is at most {self.maximum:g}, not {value:g}.")
        return int(value) if self.kind == "int" else float(value)


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One thing to choose: its name, its words for people, its parameters, and how it is made."""

    name: str
    title: str
    help: str
    build: Callable[..., T]
    parameters: tuple[Parameter, ...] = ()
    paper: str = ""
    link: str = ""
    cost: str = ""
    caution: str = ""
    """One sentence shown wherever the entry is, when it breaks a rule that others keep."""

    def settings(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return all parameters, defaults filled in; raise `BadInput` on a wrong one."""
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(set(given) - set(known)):
            offered = ", ".join(known) or "none"
            raise BadInput(f"{self.title} has no setting {unknown[0]!r}; it has: {offered}.")
        return {
            name: parameter.check(given.get(name, parameter.default)) for name, parameter in known.items()
        }

    def create(self, given: Mapping[str, object]) -> T:
        """Build the thing from checked parameters."""
        return self.build(**self.settings(given))

    def describe(self) -> dict[str, Any]:
        """Return the entry as plain data, as `python -m al_core strategies --json` prints it."""
        return {
            "name": self.name,
            "title": self.title,
            "help": self.help,
            "caution": self.caution,
            "paper": self.paper,
            "link": self.link,
            "cost": self.cost,
            "parameters": [
                {
                    "name": parameter.name,
                    "title": parameter.title,
                    "help": parameter.help,
                    "kind": parameter.kind,
                    "default": parameter.default,
                    "minimum": parameter.minimum,
                    "maximum": parameter.maximum,
                    "choices": list(parameter.choices),
                    "advanced": parameter.advanced,
                }
                for parameter in self.parameters
            ],
        }


class Registry(Mapping[str, Entry[T]]):
    """The entries of one kind, in the order of their module names, found on first use."""

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._entries: dict[str, Entry[T]] | None = None

    def _found(self) -> dict[str, Entry[T]]:
        if self._entries is None:
            package = importlib.import_module(self._package)
            modules = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
            found: dict[str, Entry[T]] = {}
            for name in modules:
                entry = getattr(importlib.import_module(f"{self._package}.{name}"), "ENTRY", None)
                if entry is None:
                    continue
                if entry.name in found:
                    raise RuntimeError(f"two {self.kind} entries are named {entry.name!r}")
                found[entry.name] = entry
            self._entries = found
        return self._entries

    def __getitem__(self, name: str) -> Entry[T]:
        try:
            return self._found()[name]
        except KeyError:
            offered = ", ".join(self._found())
            raise BadInput(f"There is no {self.kind} named {name!r}; there are: {offered}.") from None

    def __contains__(self, name: object) -> bool:
        return name in self._found()

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())
