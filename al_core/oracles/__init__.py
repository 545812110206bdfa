"""Who answers: the simulated annotators of an experiment."""

from __future__ import annotations

from al_core.oracles.base import ABSTAINED, Oracle
from al_core.registry import Registry

REGISTRY: Registry[Oracle] = Registry("oracle", __name__)

__all__ = ["ABSTAINED", "REGISTRY", "Oracle"]
