"""EmbeddingKMeans before there is a label: see `al_core.strategies.embedding_kmeans`."""

from __future__ import annotations

from dataclasses import replace

from al_core.strategies.embedding_kmeans import ENTRY as STRATEGY

ENTRY = replace(STRATEGY)
