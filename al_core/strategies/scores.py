"""Scores: pure functions of arrays, float64, higher = ask first.

`probabilities` are (n, C) with rows that sum to 1; `samples` are (T, n, C), from the T members of a
committee or from T passes with dropout. Entropies are in nats, and 0 ln 0 = 0. Nothing here
changes its input. Memory: a few arrays of the input's shape at most.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from al_core.matrix import Matrix, squared_norms

Scores = npt.NDArray[np.float64]
Array = npt.NDArray[np.floating]

FEW = 16
"""Classes up to which columns are gone through one by one."""


def least_confidence(probabilities: Array) -> Scores:
    """Return 1 - the largest probability of each row.

    Lewis & Gale 1994, A sequential algorithm for training text classifiers.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    return 1.0 - (_two_largest(p)[0] if p.shape[1] <= FEW else p.max(axis=1))


def margin(probabilities: Array) -> Scores:
    """Return 1 - (largest - second largest probability) of each row.

    Scheffer, Decomain & Wrobel 2001; "breaking ties" in Luo et al. 2005. Some libraries keep the
    plain difference, where lower is better.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape[1] <= FEW:
        first, second = _two_largest(p)
    else:
        second, first = np.partition(p, -2, axis=1)[:, -2:].T
    return 1.0 - (first - second)


def entropy(probabilities: Array) -> Scores:
    """Return the Shannon entropy of each row: from 0 to ln C."""
    return _entropy(np.asarray(probabilities, dtype=np.float64))


def expected_cost(probabilities: Array, fn_cost: float, fp_cost: float) -> Scores:
    """Return the cost that the best decision still has to expect: min(p1 fn_cost, p0 fp_cost).

    Highest where the decision between the two classes turns, which is at p1 = 0.5 only if both
    mistakes cost the same. Two classes. Elkan 2001, The foundations of cost-sensitive learning;
    as a score, Kapoor, Horvitz & Basu 2007, Selective supervision.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    return np.minimum(p[:, 1] * fn_cost, p[:, 0] * fp_cost)


def vote_entropy(votes: npt.NDArray[np.integer], n_classes: int) -> Scores:
    """Return the entropy of the members' votes; `votes` (T, n) are class indices.

    Dagan & Engelson 1995, Committee-based sampling for training probabilistic classifiers.
    Few values: fair ties matter.
    """
    shares = vote_counts(votes, n_classes) / len(votes)
    return _entropy(shares)


def variation_ratio(votes: npt.NDArray[np.integer], n_classes: int) -> Scores:
    """Return the share of the members that do not vote with the majority; `votes` are (T, n).

    Freeman 1965, Elementary applied statistics.
    """
    return 1.0 - vote_counts(votes, n_classes).max(axis=1) / len(votes)


def vote_counts(votes: npt.NDArray[np.integer], n_classes: int) -> npt.NDArray[np.int64]:
    """Return how many of the members (T, n) vote for each class: (n, C)."""
    rows = np.arange(votes.shape[1])
    counts = np.zeros((votes.shape[1], n_classes), np.int64)
    for member in votes:
        counts[rows, member] += 1
    return counts


def disagreement(samples: Array) -> Scores:
    """Return the mean KL divergence of the members to their mean: H(mean p) - mean H(p).

    One number with three names: mean KL to the consensus (McCallum & Nigam 1998, Employing EM and
    pool-based active learning), generalised Jensen-Shannon divergence, and BALD's mutual
    information (Houlsby et al. 2011). Never below 0, which rounding alone could make it.
    """
    mean = np.zeros(samples.shape[1:], np.float64)
    single = np.zeros(samples.shape[1], np.float64)
    for member in samples:
        p = np.asarray(member, dtype=np.float64)
        mean += p
        single += _entropy(p)
    members = len(samples)
    return np.maximum(_entropy(mean / members) - single / members, 0.0)


def expected_gradient_length(probabilities: Array, embeddings: Matrix) -> Scores:
    """Return the expected length of the loss's gradient in the last, linear layer.

    Closed form: sum over c of p_c |p - e_c| |(h, 1)|; the first two lengths are of C numbers only.
    Settles, Craven & Ray 2008, Multiple-instance active learning. Cost O(n C^2 + n d).
    """
    p = np.asarray(probabilities, dtype=np.float64)
    expected = np.zeros(len(p))
    for c in range(p.shape[1]):
        error = p.copy()
        error[:, c] -= 1.0
        expected += p[:, c] * np.sqrt(np.square(error).sum(axis=1))
    return expected * np.sqrt(squared_norms(embeddings) + 1.0)


def _two_largest(p: Scores) -> tuple[Scores, Scores]:
    """Return the largest and the second largest of each row, column by column.

    For few columns ten times as fast as a maximum along each short row.
    """
    first, second = p[:, 0].copy(), np.full(len(p), -np.inf)
    for c in range(1, p.shape[1]):
        np.maximum(second, np.minimum(first, p[:, c]), out=second)
        np.maximum(first, p[:, c], out=first)
    return first, second


def _entropy(p: Scores) -> Scores:
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    logs *= p
    return np.maximum(-logs.sum(axis=1), 0.0)
