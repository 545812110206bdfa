"""Arrays to probabilities."""

from __future__ import annotations

from al_core.classifiers.base import Classifier
from al_core.registry import Registry

REGISTRY: Registry[Classifier] = Registry("classifier", __name__)

__all__ = ["REGISTRY", "Classifier"]
