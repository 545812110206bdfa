"""Texts to arrays: fitted on texts only (labels never), cached by content and settings."""

from __future__ import annotations

from al_core.features.base import Features
from al_core.registry import Registry

REGISTRY: Registry[Features] = Registry("features", __name__)

__all__ = ["REGISTRY", "Features"]
