"""Where texts come from: the corpora one can choose, and the cached table each becomes."""

from __future__ import annotations

from al_core.corpus.base import Corpus, Progress, Source
from al_core.registry import Registry

REGISTRY: Registry[Source] = Registry("corpus", __name__)

__all__ = ["REGISTRY", "Corpus", "Progress", "Source"]
