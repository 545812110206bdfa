"""Which texts get a label first, before there is a model: the cold start."""

from __future__ import annotations

from al_core.registry import Registry
from al_core.strategies.base import Strategy

REGISTRY: Registry[Strategy] = Registry("starter", __name__)
"""Query strategies that need no model: they get embeddings of the texts at most."""

__all__ = ["REGISTRY"]
