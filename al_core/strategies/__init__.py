"""Which texts to ask about next."""

from __future__ import annotations

from al_core.registry import Registry
from al_core.strategies.base import Choice, Situation, Strategy

REGISTRY: Registry[Strategy] = Registry("query strategy", __name__)

__all__ = ["REGISTRY", "Choice", "Situation", "Strategy"]
