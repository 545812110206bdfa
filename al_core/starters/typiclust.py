"""TypiClust before there is a label: see `al_core.strategies.typiclust`."""

from __future__ import annotations

from dataclasses import replace

from al_core.strategies.typiclust import ENTRY as STRATEGY

ENTRY = replace(STRATEGY)
