"""Compute a map by UMAP: `python -m al_core.comparing.umap_map GIVEN.npy MADE.npy`, a process of its own.

UMAP takes seconds to load, compiles itself, and holds several hundred MB: no page should.
"""

from __future__ import annotations

import os
import sys

import numpy as np

NICENESS = 10
"""So that a page answers at once meanwhile."""
UNWANTED = ("tensorflow", "keras")
"""What UMAP imports where it is installed, for a variant that is not used here."""


def main(given: str, made: str) -> None:
    """Read vectors (n, d), write places (n, 2)."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    for name in UNWANTED:
        sys.modules[name] = None  # type: ignore[assignment]
    import umap  # pyright: ignore[reportMissingImports]

    # With a seed UMAP computes on one thread, and says so in a warning.
    model = umap.UMAP(n_components=2, random_state=0, n_jobs=1)
    np.save(made, model.fit_transform(np.load(given, allow_pickle=False)), allow_pickle=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
