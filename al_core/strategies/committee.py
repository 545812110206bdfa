"""Query by committee: ask where several models, fitted on bootstrap samples, disagree."""

from __future__ import annotations

import numpy as np

from al_core.evaluation.metrics import predicted_classes
from al_core.registry import Entry, Parameter
from al_core.strategies.base import Choice, Situation, Strategy
from al_core.strategies.scores import disagreement, variation_ratio, vote_entropy
from al_core.strategies.selection import highest

VOTE_ENTROPY, MEAN_KL, VARIATION = "vote entropy", "mean KL", "variation ratio"


class Committee(Strategy):
    """Highest disagreement of a bootstrap committee first."""

    needs = frozenset({"committee"})

    def __init__(self, measure: str, members: int) -> None:
        self.measure, self.members = measure, members

    def choose(self, situation: Situation, n: int, rng: np.random.Generator) -> Choice:
        """Rank the pool by the chosen measure of disagreement."""
        samples = situation.samples
        assert samples is not None
        if self.measure == MEAN_KL:
            scores = disagreement(samples)
        else:
            votes = np.stack([predicted_classes(member) for member in samples])
            score = vote_entropy if self.measure == VOTE_ENTROPY else variation_ratio
            scores = score(votes, situation.n_classes)
        return highest(scores, situation.pool, n, rng)


ENTRY = Entry(
    name="committee",
    title="Query by committee",
    help="Fits the model several times on samples of the labels and asks where these models disagree.",
    build=Committee,
    paper="Seung, Opper & Sompolinsky 1992, Query by committee",
    link="https://doi.org/10.1145/130385.130417",
    cost="T fits and T predictions of the pool, then O(T n C)",
    parameters=(
        Parameter(
            "measure",
            "Disagreement",
            "Vote entropy (Dagan & Engelson 1995) and variation ratio count votes; mean KL to the "
            "consensus (McCallum & Nigam 1998) compares probabilities.",
            MEAN_KL,
            choices=(MEAN_KL, VOTE_ENTROPY, VARIATION),
        ),
        Parameter("members", "Members", "Models in the committee; each is a whole fit.", 5, 2, 100),
    ),
)
