"""ProbCover before there is a label: see `al_core.strategies.probcover`."""

from __future__ import annotations

from dataclasses import replace

from al_core.strategies.probcover import ENTRY as STRATEGY

ENTRY = replace(STRATEGY)
