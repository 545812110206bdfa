"""Stop when the model is certain of the texts that it could still ask about."""

from __future__ import annotations

from collections.abc import Sequence

from al_core.registry import Entry, Parameter
from al_core.stopping.base import Observation, Verdict
from al_core.stopping.comparing import STOP_SET_COST


class Uncertainty:
    """Looks at the mean entropy of what is left of the stop set, as a share of the highest possible."""

    needs_stop_set = True

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare the uncertainty with the threshold."""
        stop_set = history[-1].stop_set
        value = None if stop_set is None else stop_set.uncertainty
        if value is None:
            reason = "Too few texts for the uncertainty: all of the stop set has been asked about"
            return Verdict("uncertainty", False, None, self.threshold, reason)
        stop = value < self.threshold
        reason = (
            f"Mean uncertainty {value:.1%} on the stop set: "
            f"below {self.threshold:.1%} {'reached' if stop else 'not reached'}"
        )
        return Verdict("uncertainty", stop, value, self.threshold, reason)


ENTRY = Entry(
    name="uncertainty",
    title="Model is certain",
    help="Stop when the mean entropy on a fixed set of pool texts, from 0 to 1, falls below this.",
    build=Uncertainty,
    paper="Zhu, Wang & Hovy 2008, Multi-criteria-based strategy to stop active learning for data annotation",
    link="https://aclanthology.org/C08-1142/",
    cost=STOP_SET_COST,
    parameters=(
        Parameter("threshold", "Uncertainty below", "0 is certain, 1 a blind guess.", 0.05, 0.0, 1.0),
    ),
)
