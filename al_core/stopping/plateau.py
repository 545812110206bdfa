"""Stop when a validation metric has levelled off."""

from __future__ import annotations

from collections.abc import Sequence

from al_core.registry import Entry, Parameter
from al_core.stopping.base import Observation, Verdict
from al_core.stopping.comparing import too_few


class Plateau:
    """Counts the rounds since the metric last rose above its best so far by more than `min_delta`.

    Compared with the best, not with the round before: small gains that add up are a gain.
    """

    needs_stop_set = False

    def __init__(self, metric: str, patience: int, min_delta: float) -> None:
        self.metric, self.patience, self.min_delta = metric, patience, min_delta

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Count the rounds without a gain."""
        if len(history) < 2:
            return too_few("plateau", self.patience, "a plateau")
        sign = -1 if self.metric == "loss" else 1
        scores = [sign * float(getattr(each.validation, self.metric)) for each in history]
        best, waited = scores[0], 0
        for score in scores[1:]:
            if score > best + self.min_delta:
                best, waited = score, 0
            else:
                waited += 1
        words = {"accuracy": "Accuracy", "f1": "F1", "loss": "Loss"}[self.metric]
        shown = f"{-best:.3f}" if self.metric == "loss" else f"{best:.1%}"
        rounds = "round" if waited == 1 else "rounds"
        reason = (
            f"{words} on validation, {shown} at best, has not improved by more than {self.min_delta:g} "
            f"for {waited:,} {rounds}; the patience is {self.patience:,}"
        )
        return Verdict("plateau", waited >= self.patience, float(waited), self.patience, reason)


ENTRY = Entry(
    name="plateau",
    title="Plateau",
    help="Stop when a metric on validation has not improved for some rounds.",
    build=Plateau,
    parameters=(
        Parameter(
            "metric",
            "Metric",
            "F1 is the positive class's, or the mean of more than two classes.",
            "accuracy",
            choices=("accuracy", "f1", "loss"),
        ),
        Parameter("patience", "Patience", "Rounds without an improvement before the run stops.", 3, 1, 1000),
        Parameter("min_delta", "Improvement that counts", "Must be larger than this.", 0.002, 0.0, 1.0),
    ),
)
