"""What can be put around any query strategy. An entry is built with the inner strategy first."""

from __future__ import annotations

from al_core.registry import Registry
from al_core.strategies.base import Strategy

REGISTRY: Registry[Strategy] = Registry("wrapper", __name__)

__all__ = ["REGISTRY"]
