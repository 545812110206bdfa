"""Which texts to ask about next."""

from __future__ import annotations

from al_core.registry import Registry
from al_core.strategies.base import Choice, Situation, Strategy

REGISTRY: Registry[Strategy] = Registry("query strategy", __name__)

__all__ = ["REGISTRY", "Choice", "Situation", "Strategy", "steering_caution"]


def steering_caution(name: str) -> str:
    """Return the caution of a strategy that steers on the test split, for wherever it shows; else nothing."""
    return REGISTRY[name].caution if name in REGISTRY and REGISTRY[name].create({}).steers_on_test else ""
