"""Choices and scores from distances between embeddings, dense or csr. No n x n array anywhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from al_core.matrix import Matrix, blocks, rounding, row, squared_distances, squared_norms, unit_rows
from al_core.strategies.selection import best, filled

Places = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

SMALLEST = 1e-12
"""A probability of which the logarithm is taken is at least this."""


def distance_to_nearest(x: Matrix, others: Matrix) -> Floats:
    """Return the squared distance of each row to the nearest of `others`; infinite without any.

    Cost O(n m d) in blocks, memory O(n).
    """
    found = np.full(x.shape[0], np.inf)
    if others.shape[0]:
        for block in blocks(x.shape[0], others.shape[0]):
            found[block] = squared_distances(x[block], others).min(axis=1)
    return found


def k_centre(x: Matrix, labelled: Matrix, n: int, rng: np.random.Generator) -> tuple[Places, Floats]:
    """Return `n` places, each the farthest from all labelled and chosen rows, and these distances.

    Without labelled rows the first is the one nearest to the mean. Greedy 2-approximation of the
    k-centre problem: Gonzalez 1985; Sener & Savarese 2018. Cost O((m + n) N d), memory O(N).
    """
    size, luck = x.shape[0], rng.random(x.shape[0])
    norms, negligible = squared_norms(x), rounding(x)
    distances = distance_to_nearest(x, labelled)
    if labelled.shape[0] == 0:
        mean = np.asarray(x.mean(axis=0)).ravel()
        distances = 2.0 * np.asarray(x @ mean).ravel() - norms  # highest where nearest to the mean
    chosen, gaps = np.empty(n, np.intp), np.empty(n)
    for step in range(n):
        place = best(distances, luck)
        chosen[step], gaps[step] = place, distances[place]
        both = norms + norms[place]
        new = both - 2.0 * np.asarray(x @ row(x, place)).ravel()
        new[new <= negligible * both] = 0.0
        if step == 0 and labelled.shape[0] == 0:
            distances, gaps[0] = np.full(size, np.inf), np.nan
        np.minimum(distances, new, out=distances)
        distances[chosen[: step + 1]] = -np.inf
    return chosen, np.sqrt(np.maximum(gaps, 0.0))


def badge(probabilities: Floats, embeddings: Matrix, n: int, rng: np.random.Generator) -> Places:
    """Return `n` places by k-means++ on the gradients that the model's own guesses would give.

    The gradient of a text is (p - onehot of its best class) x h, which has C d numbers; its lengths
    and distances come from the two factors, so that it is never built. The first place has the
    longest gradient; each further one is drawn in proportion to its squared distance from the
    nearest chosen one. Once all that is left are copies, the rest is drawn at random.
    Ash et al. 2020. Cost O(n N (C + d)), memory O(N C).
    """
    size, negligible = len(probabilities), rounding(embeddings)
    errors = np.array(probabilities, dtype=np.float64)
    errors[np.arange(size), errors.argmax(axis=1)] -= 1.0
    lengths = np.square(errors).sum(axis=1) * squared_norms(embeddings)
    chosen = np.empty(n, np.intp)
    distances = np.full(size, np.inf)
    for step in range(n):
        if step == 0:
            place = best(lengths, rng.random(size))
        else:
            sums = np.cumsum(distances)
            if sums[-1] <= 0.0:
                return filled(chosen[:step], size, n, rng)
            place = int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))
        chosen[step] = place
        inner = (errors @ errors[place]) * np.asarray(embeddings @ row(embeddings, place)).ravel()
        both = lengths + lengths[place]
        new = both - 2.0 * inner
        new[new <= negligible * both] = 0.0
        np.minimum(distances, new, out=distances)
        distances[chosen[: step + 1]] = 0.0
    return chosen


def contrastive(
    probabilities: Floats,
    embeddings: Matrix,
    labelled_probabilities: Floats,
    labelled_embeddings: Matrix,
    neighbours: int,
) -> Floats:
    """Return the mean KL divergence from a text's nearest labelled neighbours to itself.

    High where the model sees two texts side by side and says different things of them. Direction
    KL(neighbour || text), as the authors' code has it. Margatina et al. 2021.
    Cost O(n m d) in blocks, memory O(n (k + C)).
    """
    from sklearn.neighbors import NearestNeighbors

    k = min(neighbours, len(labelled_probabilities))
    index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(labelled_embeddings)
    near = index.kneighbors(embeddings, return_distance=False)
    of_labelled = np.maximum(labelled_probabilities, SMALLEST)
    own = (of_labelled * np.log(of_labelled)).sum(axis=1)
    mean = np.zeros_like(probabilities, dtype=np.float64)
    for each in range(k):
        mean += of_labelled[near[:, each]] / k
    cross = (mean * np.log(np.maximum(probabilities, SMALLEST))).sum(axis=1)
    return own[near].mean(axis=1) - cross


def mean_similarity(x: Matrix) -> Floats:
    """Return the mean cosine similarity of each row to all rows, itself included.

    The mean of inner products is the inner product with the mean: O(n d), and no n x n array.
    """
    unit = unit_rows(x)
    mean = np.asarray(unit.mean(axis=0)).ravel()
    return np.asarray(unit @ mean, dtype=np.float64).ravel()
