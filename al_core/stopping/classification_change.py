"""Stop when hardly a text of the stop set changes its class any more."""

from __future__ import annotations

from collections.abc import Sequence

from al_core.registry import Entry, Parameter
from al_core.stopping.base import Observation, Verdict
from al_core.stopping.comparing import STOP_SET_COST, pairs, too_few


class ClassificationChange:
    """Counts the texts whose class is another than after the round before."""

    needs_stop_set = True

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def check(self, history: Sequence[Observation]) -> Verdict:
        """Compare the share of changed texts with the threshold."""
        found = pairs(history, 1)
        if not found:
            return too_few("classification_change", self.threshold, "a change of class")
        before, after = found[0]
        changed = int((before != after).sum())
        value = changed / len(before)
        stop = value <= self.threshold
        reason = (
            f"{changed:,} of {len(before):,} texts of the stop set changed their class ({value:.1%}): "
            f"at most {self.threshold:.1%} {'reached' if stop else 'not reached'}"
        )
        return Verdict("classification_change", stop, value, self.threshold, reason)


ENTRY = Entry(
    name="classification_change",
    title="Classes no longer change",
    help="Stop when hardly a text of a fixed set of pool texts has changed its class since the last round.",
    build=ClassificationChange,
    paper="Zhu, Wang & Hovy 2008, Multi-criteria-based strategy to stop active learning for data annotation",
    link="https://aclanthology.org/C08-1142/",
    cost=STOP_SET_COST,
    parameters=(
        Parameter("threshold", "Share changed at most", "0, as published: not a single text.", 0.0, 0.0, 1.0),
    ),
)
