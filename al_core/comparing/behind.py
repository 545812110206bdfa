"""The figures behind verdicts, in words: a page and a report show the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from al_core.evaluation.sentences import Test, Verdict, amount, ends

FIGURES: Mapping[str, str] = {
    "Group": "",
    "Compared with": "",
    "Test": "Which decides; how many seeds there are says which.",
    "Difference": "Of the first less the second, the mean over seeds.",
    "95% interval": "Of the difference, for this comparison by itself.",
    "Corrected p": "Of the deciding test, corrected for how many are compared (Holm). Up to 0.05, a "
    "difference is claimed.",
    "p, t test": "Not corrected.",
    "p, sign flips": "Not corrected; up to 12 seeds.",
    "Effect size": "d_z: the difference in units of its spread over seeds, corrected for few seeds (Hedges). "
    "It takes 3 seeds.",
    "Seeds that agree": "Whose difference has the sign of the mean.",
}
"""The columns, and what each says; all from the fourth on are numbers."""
WORDS = 3
"""Columns that are no numbers."""
NAMES: Mapping[Test, str] = {"t": "t test", "permutation": "Sign flips"}
NOTHING = "–"


def behind(told: Iterable[Verdict]) -> list[tuple[str, ...]]:
    """Return a line for each verdict with an outcome, a text for each column of `FIGURES`."""
    return [
        (
            each.one,
            each.other,
            NAMES[each.test],
            amount(each, each.difference),
            ends(each) or NOTHING,
            _p(each.p),
            _p(each.p_t),
            _p(each.p_permutation),
            f"{each.effect:+z.2f}" if math.isfinite(each.effect) else NOTHING,
            f"{each.agree:,} of {each.n:,}",
        )
        for each in told
        if each.test is not None
    ]


def _p(value: float) -> str:
    if not math.isfinite(value):
        return NOTHING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
