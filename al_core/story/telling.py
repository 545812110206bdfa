"""What a story's seeds bear: labels to a target, and whether asking differs from random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from al_core.evaluation.comparison import Curve, Reached, common_range, labels_to_target
from al_core.evaluation.efficiency import Interval, target
from al_core.evaluation.verdicts import LabelsTo, ScoreAt, Verdict, verdict
from al_core.story.record import Kind, Story

SHARE = 0.9
"""Of the way from always naming the most frequent class to all labels: the target."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many labels each way needs for one accuracy."""

    target: float
    random: float
    """The median over seeds; infinity where fewer than half got there."""
    asking: float
    random_least: float
    """The median if each run that did not get there needs no more than it spent."""
    asking_least: float
    verdict: Verdict
    """On the labels that they need."""
    share: Interval | None
    """Of random's labels that were not needed, the mean over seeds; None where it is not known."""
    at_least: bool
    """Whether the share may be larger, because a random run never got there."""


def told(story: Story, share: float = SHARE) -> Told:
    """Return what the accuracies say; without a fit on all labels, the best one seen is the bar."""
    curves = story.curves("accuracy")
    best = story.best
    if best is None:
        best = max(float(curve.scores.max()) for curve in curves)
    # To the hundredth of a per cent: it is read out, and a longer number would say nothing more.
    goal = round(target(story.floor, best, share), 4)
    found = {each.group: each for each in labels_to_target(curves, goal, story.random.title)}
    mine, other = found[story.asking.title], found[story.random.title]
    one, control = story.asking.curves("accuracy"), story.random.curves("accuracy")
    savings = mine.saved
    return Told(
        target=goal,
        random=other.median,
        asking=mine.median,
        random_least=_least(other, control),
        asking_least=_least(mine, one),
        verdict=verdict(one, control, LabelsTo(goal)),
        share=savings.mean if savings else None,
        at_least=bool(savings and savings.lower_bound),
    )


def _least(reached: Reached, curves: Sequence[Curve]) -> float:
    """Return the median of labels needed, with those that a run spent where it did not get there."""
    ends = {curve.seed: float(curve.labels[-1]) for curve in curves}
    return median(min(labels, ends[seed]) for seed, labels in reached.labels.items())


def level(story: Story, found: Told) -> float:
    """Return with how many labels each the errors are compared: those that asking needs for the target.

    All that it spent where it never got there, and as many as every run has where that is less.
    """
    start, end = common_range([*story.asking.curves("fn"), *story.random.curves("fn")])
    labels = found.asking if math.isfinite(found.asking) else found.asking_least
    return min(max(labels, start), end)


def errors_at(story: Story, kind: Kind, labels: float) -> Verdict:
    """Return the errors of a kind per 1,000 texts with so many labels each, and whether they differ."""
    one, other = story.asking.curves(kind), story.random.curves(kind)
    found = verdict(one, other, ScoreAt(labels, less_is_better=True))
    # Its sentence would speak of points.
    return replace(found, sentence="")
