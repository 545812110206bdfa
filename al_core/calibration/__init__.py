"""Probabilities to probabilities that hold: of the texts given 80 %, 80 in 100 are right."""

from __future__ import annotations

from al_core.calibration.base import Calibrator
from al_core.registry import Registry

REGISTRY: Registry[Calibrator] = Registry("calibration", __name__)

__all__ = ["REGISTRY", "Calibrator"]
