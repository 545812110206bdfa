"""ProbCover: balls around the labels that cover as much of the pool as possible."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from al_core.matrix import Dense, blocks, squared_distances
from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.clustering import k_means, points
from al_core.strategies.geometry import distance_to_nearest
from al_core.strategies.selection import best, filled

ANCHORS = 2000
"""Texts whose balls are looked at to find the radius."""
MOST = 60_000
"""Texts whose distances to each other are measured; of a larger pool, a random part."""
MOST_EDGES = 30_000_000
"""Pairs of neighbours that are held at once (9 bytes each); more, and part of the pool stands for it."""


class ProbCover(Strategy):
    """The text with most uncovered texts within the radius, again and again.

    The radius is the largest at which a share `purity` of the balls holds texts of one k-means
    cluster only, with as many clusters as classes. Once everything is covered, or only texts that
    no ball can add, the rest is drawn at random.
    """

    needs = frozenset({"embeddings"})
    dense = True

    def __init__(self, purity: float, radius: float) -> None:
        self.purity, self.radius = purity, radius

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Find the radius, then cover greedily."""
        x, labelled = points(situation, rng)
        radius = self.radius or find_radius(x, situation.n_classes, self.purity, rng)
        part = _affordable(x, n, radius, rng)
        places, gains = cover(x[part], labelled, radius, n, rng)
        places = part[places]
        every = filled(places, len(x), n, rng)
        scores = np.concatenate([gains, np.zeros(n - len(gains))])
        return Choice(situation.pool[every], scores)


def find_radius(x: Dense, n_classes: int, purity: float, rng: np.random.Generator) -> float:
    """Return the largest radius at which a share `purity` of the balls is pure; 0 if none is.

    Cost O(anchors n d) in blocks.
    """
    clusters, _ = k_means(x, n_classes, rng)
    anchors = np.sort(rng.choice(len(x), min(ANCHORS, len(x)), replace=False))
    nearest = np.full(len(anchors), np.inf)
    for block in blocks(len(anchors), len(x)):
        distances = squared_distances(x[anchors[block]], x)
        distances[clusters[anchors[block]][:, None] == clusters[None, :]] = np.inf
        nearest[block] = distances.min(axis=1)
    # So many balls may be impure; the next larger one is at the radius itself, where it is pure.
    found = np.sqrt(np.sort(nearest)[min(int((1 - purity) * len(nearest) + 1e-9), len(nearest) - 1)])
    return float(found) if np.isfinite(found) else 2.0  # one cluster: any ball is pure


def neighbours(x: Dense, radius: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return the rows nearer than `radius` to each row, itself included, as csr (starts, places).

    Cost O(n^2 d) in blocks; memory 8 bytes for each pair.
    """
    counts, found = [], []
    for block in blocks(len(x), len(x)):
        near = squared_distances(x[block], x) < radius**2
        near[np.arange(len(near)), np.arange(block.start, block.stop)] = True  # whatever the rounding
        rows, places = np.nonzero(near)
        counts.append(np.bincount(rows, minlength=len(near)))
        found.append(places.astype(np.int32))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return starts.astype(np.int64), np.concatenate(found)


def uncovered_neighbours(
    starts: npt.NDArray[np.int64], places: npt.NDArray[np.int32], uncovered: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return how many uncovered rows lie in the ball of each row. Every ball holds its own row."""
    return np.add.reduceat(uncovered[places], starts[:-1], dtype=np.int64)


def cover(
    x: Dense, labelled: Dense, radius: float, n: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return up to `n` places by greedy maximum coverage, and how many texts each newly covered.

    Fewer when nothing is left to cover. Cost O(pairs) after the neighbours are known.
    """
    starts, places = neighbours(x, radius)
    uncovered = distance_to_nearest(x, labelled) >= radius**2
    gains = uncovered_neighbours(starts, places, uncovered)
    luck = rng.random(len(x))
    chosen: list[int] = []
    won: list[float] = []
    for _ in range(min(n, len(x))):
        place = best(gains.astype(np.float64), luck)
        if gains[place] <= 0:
            break
        chosen.append(place)
        won.append(float(gains[place]))
        ball = places[starts[place] : starts[place + 1]]
        new = ball[uncovered[ball]]
        uncovered[new] = False
        for covered in new:  # whoever has it in the ball has one less to win
            gains[places[starts[covered] : starts[covered + 1]]] -= 1
        gains[place] = -1
    return np.array(chosen, np.intp), np.array(won)


def _affordable(x: Dense, n: int, radius: float, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return all places, or a random part whose pairs of neighbours fit into memory."""
    sample = np.sort(rng.choice(len(x), min(200, len(x)), replace=False))
    share = max((squared_distances(x[sample], x) < radius**2).mean(), 1 / len(x))
    size = max(n, min(MOST, int(np.sqrt(MOST_EDGES / share))))
    if size >= len(x):
        return np.arange(len(x))
    return np.sort(rng.choice(len(x), size, replace=False))


ENTRY = Entry(
    name="probcover",
    title="ProbCover",
    help="Asks about the text with most others around it that no label covers yet. Made for very few labels.",
    build=ProbCover,
    paper="Yehuda et al. 2022, Active learning through a covering lens",
    link="https://arxiv.org/abs/2205.11320",
    cost="One embedding of the pool, then O(n^2 d) in blocks",
    parameters=(
        Parameter(
            "purity", "Purity", "Share of balls that hold one cluster only; sets the radius.", 0.95, 0.5, 1.0
        ),
        Parameter(
            "radius",
            "Radius",
            "On embeddings of length 1. 0: found from the purity.",
            0.0,
            0.0,
            2.0,
            advanced=True,
        ),
    ),
)
