"""What a comparison says, in words that a page and a report share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from al_core.comparing.groups import Group
from al_core.comparing.metrics import METRICS, Kind
from al_core.evaluation.comparison import Reached
from al_core.evaluation.decisions import PER_TEXTS
from al_core.evaluation.paired import exact_from
from al_core.strategies import steering_caution

NO_RANDOM = (
    "No run asks at random on the same corpus and model, with the same kind of first labels and the same "
    "oracle, so that there is nothing to compare with. "
    "A sweep adds random by itself."
)
NO_SIDE = "Neither more nor less of this is better, so that there is no verdict on it."
BEHIND = "The figures behind these sentences"
MEANS = "Labels in these sentences are means over the seeds that both have; the table has medians."
PAIRS = "Any two that ask, against each other"
PAIRS_HELP = (
    "By the area under the curve. Corrected for all such pairs of a task, since whoever picks one has seen "
    "the curves."
)
NO_AIM = "Neither more nor less of this is better, so that there is no target to reach."
CAVEAT = (
    "By the area under the curve, seed by seed. It holds for the texts at hand: other texts would "
    "differ by more than other seeds."
)
OVERLAP = (
    "Overlap: of all texts that two groups asked for with one seed, the share that both asked for; the mean "
    "over seeds. It counts where corpus and split are the same."
)
SAMPLED = "Of what was asked about a sample is drawn, of each round as much."


def cautions(groups: Iterable[Group]) -> list[str]:
    """Return why the runs must not be compared without a thought.

    Groups whose strategy steers on test, where all is measured; and runs of different code.
    """
    found: dict[str, list[str]] = {}
    versions: set[str] = set()
    for group in groups:
        if caution := steering_caution(group.strategy):
            found.setdefault(caution, []).append(group.title)
        versions.update(run.code_version for run in group.runs)
    told = [f"{'; '.join(titles)}: {caution}" for caution, titles in found.items()]
    if len(versions) > 1:
        told.append(
            f"These runs were carried out by {len(versions)} versions of the workbench "
            f"({'; '.join(sorted(versions))}), which may be why they differ."
        )
    return told


def one_seed(comparisons: int) -> str:
    """Return what one seed is worth, and how many it takes for so many comparisons."""
    safe = {6: "Six", 7: "Seven", 8: "Eight"}.get(exact_from(comparisons), f"{exact_from(comparisons):,}")
    of = "it" if comparisons == 1 else f"{comparisons:,} comparisons"
    return f"One seed gives no verdict: what it shows may be chance. {safe} make {of} safe."


def left_behind(runs: int) -> str:
    """Return what is left out of verdicts, areas and labels to a target; nothing where no run is."""
    if not runs:
        return ""
    told, they = ("1 run is", "it has") if runs == 1 else (f"{runs:,} runs are", "they have")
    return (
        f"{told} in no verdict, area or number of labels to target: {they} not finished, and got less than "
        "half as far as the longest."
    )


def target(metric: str, goals: Iterable[float]) -> str:
    """Return the scores to reach, one for each task."""
    words = METRICS[metric]
    told = ", ".join(dict.fromkeys(level(each, words.kind) for each in sorted(goals)))
    return f"Target: {words.inside} of at {'most' if words.less else 'least'} {told}."


def no_target(metric: str, baselines: bool) -> str:
    """Return why a share of the way is no target here; baselines: whether any run had all labels."""
    words = METRICS[metric]
    if words.less is None:
        return NO_AIM
    if not words.way:
        return f"No target: {words.inside} has no share of the way to go; give a value to reach."
    if baselines:
        return "No target: the fit on all labels is no better than always naming the most frequent class."
    return "No target: no run was trained on all labels, so that there is no bar to go by."


def level(score: float, kind: Kind) -> str:
    """Return a score to reach, with as many digits as it has, at most two beyond the per cent."""
    if kind != "share":
        return f"{score:,g}{'' if kind == 'number' else f' per {PER_TEXTS:,} texts'}"
    return f"{100 * score:.2f}".removesuffix("0") + "%"


def unit(kind: Kind) -> str:
    """Return what stands after the name of a score at the head of a column."""
    return {"share": " (%)", "number": ""}.get(kind, f" (per {PER_TEXTS:,})")


def besides(validation: Sequence[int]) -> str:
    """Return how many validation labels came on top; nothing where it is not known."""
    if not validation:
        return ""
    least, most = validation[0], validation[-1]
    each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
    return f"Validation labels come on top: {each} a run."


def covers(start: float, end: float) -> str:
    """Return from where to where, in labels, an area goes."""
    return f"{start:,.0f} to {end:,.0f}" if math.isfinite(start + end) else "–"


def needed(found: Reached | None) -> str:
    """Return how many labels a group needed for the target."""
    if found is None or not found.seeds:
        return "–"
    of = f"{found.reached:,} of {_seeds(found.seeds)}"
    if math.isfinite(found.median):
        return f"{found.median:,.0f} ({of})"
    return f"reached by {of} only" if found.reached else f"not reached ({of})"


def saved(found: Reached | None) -> str:
    """Return what share of random's labels a group did not need."""
    savings = found.saved if found else None
    if savings is None:
        return "–"
    if savings.only_control:
        return f"none: on {_seeds(savings.only_control)} only random got there"
    if savings.mean is None:
        return "neither got there"
    least = "at least " if savings.lower_bound else ""
    ends = f" ({savings.mean.low:.0%} to {savings.mean.high:.0%})" if savings.mean.n > 1 else " (1 seed)"
    return f"{least}{savings.mean.mean:.0%}{ends}"


def _seeds(number: int) -> str:
    return f"{number:,} seed{'' if number == 1 else 's'}"
