"""When to stop: criteria read from validation, combined by any or all."""

from __future__ import annotations

from al_core.registry import Registry
from al_core.stopping.base import Criterion, Observation, Stopping, StopSet, Verdict

REGISTRY: Registry[Criterion] = Registry("stopping criterion", __name__)

__all__ = ["REGISTRY", "Criterion", "Observation", "StopSet", "Stopping", "Verdict"]
