"""Sparse features in few dimensions, for whatever clusters or measures distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from al_core.matrix import is_sparse, unit_rows
from al_core.threads import one_thread

COMPONENTS = 128
MOST_FITTED = 50_000
"""Rows that the components are found from; more make them dearer, not better."""


def reduced(
    x: Any, fit_rows: npt.NDArray[np.int64], seed: int, components: int = COMPONENTS
) -> npt.NDArray[np.float32]:
    """Return a truncated SVD of all rows, fitted on `fit_rows`, each row at length 1.

    Labels play no part. A matrix that has few columns already is only made dense. Latent semantic
    analysis: Deerwester et al. 1990; found at random: Halko et al. 2011, two power iterations.
    Cost: six passes over the stored values for each of `components`, over at most `MOST_FITTED` of
    the rows, and one over all; memory n x components.
    """
    if x.shape[1] <= components:
        dense = np.asarray(x.toarray() if is_sparse(x) else x, dtype=np.float32)
        return np.asarray(unit_rows(dense), dtype=np.float32)
    from sklearn.decomposition import TruncatedSVD

    if len(fit_rows) > MOST_FITTED:
        fit_rows = np.sort(np.random.default_rng(seed).choice(fit_rows, MOST_FITTED, replace=False))
    x = x.astype(np.float32, copy=False)  # half the time, and digits enough for distances
    svd = TruncatedSVD(min(components, len(fit_rows)), n_iter=2, random_state=seed)
    with one_thread():
        svd.fit(x[fit_rows])
    return np.asarray(unit_rows(svd.transform(x).astype(np.float32)), dtype=np.float32)
