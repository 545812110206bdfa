"""The five steps of a story: a title, one sentence, large numbers and one chart each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from al_core import figures
from al_core.corpus.base import SYNTHETIC
from al_core.evaluation.comparison import band
from al_core.evaluation.verdicts import Verdict
from al_core.figures import Chart
from al_core.story.record import PER_TEXTS, Kind, Story
from al_core.story.savings import Prices, saved
from al_core.story.telling import SHARE, Told, errors_at, level, told
from al_core.strategies import steering_caution

COUNT = 5
RANDOM = "At random"
ERRORS: dict[Kind, tuple[str, str]] = {
    "fn": ("Missed (FN)", "misses"),
    "fp": ("False alarms (FP)", "false alarms"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A large number: what it is, its value in words, and what it stands beside."""

    title: str
    value: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One step."""

    name: str
    """In one word, for the way through."""
    title: str
    sentence: str
    numbers: tuple[Number, ...]
    draw: Callable[[], Chart] | None
    """None where there is nothing to draw; the sentence says why."""


def scenes(story: Story, prices: Prices) -> tuple[Scene, ...]:
    """Return the five steps in their order."""
    return tuple(scene(story, prices, place) for place in range(1, COUNT + 1))


def scene(story: Story, prices: Prices, place: int) -> Scene:
    """Return one step, 1 to 5. Cost: milliseconds, after scipy is there; charts are drawn when asked for."""
    # The first two need no tests, so that the first paint waits for none.
    if place == 1:
        return _cost(story, prices)
    if place == 2:
        return _random(story)
    found = told(story)
    if place == 3:
        return _asking(story, found)
    return _errors(story, found) if place == 4 else _saved(story, found, prices)


def caution(story: Story) -> str:
    """Return what is wrong with a way of asking that steers on test, named; nothing for others."""
    found = steering_caution(story.asking.strategy)
    return f"{story.asking.title}: {found}" if found else ""


def caveats(story: Story) -> tuple[str, ...]:
    """Return what one must know to believe no more than is there."""
    clean = ", which neither way learns from or is steered by"
    bar = "all labels" if story.full else "the best accuracy seen"
    lines = [
        f"Means over {_count(story.seeds, 'seed')}, each with a split of its own; bands are 95% intervals, "
        "round by round. Labels to the target are medians over the seeds.",
        f"Measured on test texts{'' if caution(story) else clean}.",
        f"{story.validation:,} validation labels come on top, for both ways." if story.validation else "",
        f"The target is {SHARE:.0%} of the way from always naming the most frequent class to {bar}.",
        "Other texts need other numbers. How many labels a target takes depends on how hard the texts are, "
        "not on how many there are.",
    ]
    return tuple(each for each in (SYNTHETIC if story.synthetic else "", caution(story), *lines) if each)


def _cost(story: Story, prices: Prices) -> Scene:
    hours, money = prices.hours(prices.texts), prices.money(prices.texts)
    counts = np.linspace(0, prices.texts, 21)
    line = pd.DataFrame({"labels": counts, "money": [prices.money(each) for each in counts]})
    best = story.best
    gives = "" if best is None else f" All labels here give an accuracy of {best:.0%}."
    return Scene(
        "Cost",
        "What labels cost",
        f"Each text is read by a person, {prices.seconds:,g} seconds at a time.{gives}",
        (
            Number("Texts", f"{prices.texts:,}"),
            Number("Hours", _hours(hours)),
            Number("Cost", _money(money, prices)),
        ),
        partial(figures.story_cost, line, prices.currency),
    )


def _random(story: Story) -> Scene:
    ends = _named(story, band(story.random.curves("accuracy")))
    last = ends.iloc[-1]
    numbers = [Number(f"With {last['labels']:,.0f} labels", f"{last['mean']:.0%}", "accuracy")]
    if story.best is not None:
        numbers.append(Number(f"With all {story.texts:,}", f"{story.best:.0%}", "accuracy"))
    looks = _looks(story)[:1]
    return Scene(
        "Random",
        "Label at random",
        "Texts are drawn by chance, and the model learns from each label.",
        tuple(numbers),
        partial(figures.story_curves, ends, looks, story.best),
    )


def _asking(story: Story, found: Told) -> Scene:
    looks = _looks(story)
    needed = dict(zip([name for name, _ in looks], (found.random, found.asking), strict=True))
    curves = _named(story, band(story.curves("accuracy")))
    return Scene(
        "Asking",
        "Let the model ask",
        _outcome(found),
        (
            Number("Asking", _labels(found.asking, found.asking_least), f"labels to {found.target:.0%}"),
            Number(RANDOM, _labels(found.random, found.random_least), f"labels to {found.target:.0%}"),
        ),
        partial(figures.story_curves, curves, looks, story.best, found.target, needed),
    )


def _errors(story: Story, found: Told) -> Scene:
    name, title = "Errors", "The two kinds of error"
    if not story.two:
        sentence = (
            "With more than two classes, every error is a missed one of one class and a false one of another."
        )
        return Scene(name, title, sentence, (), None)
    labels = level(story, found)
    each: dict[Kind, Verdict] = {kind: errors_at(story, kind, labels) for kind in ERRORS}
    numbers = tuple(
        Number(ERRORS[kind][0], _whole(one.means[0]), f"at random {_whole(one.means[1])}")
        for kind, one in each.items()
    )
    told_of = ", ".join(_fewer(one, ERRORS[kind][1]) for kind, one in each.items())
    sentence = f"In {PER_TEXTS:,} texts, with {labels:,.0f} labels each: {told_of}."
    rates = {kind: _named(story, band(story.curves(kind))) for kind in ERRORS}
    return Scene(name, title, sentence, numbers, partial(figures.story_errors, rates, _looks(story)))


def _saved(story: Story, found: Told, prices: Prices) -> Scene:
    less = saved(found.asking, found.random, _at_random(found), prices)
    if found.verdict.outcome != "better":
        less = None
    title = "What is saved"
    numbers: tuple[Number, ...] = ()
    if less is None:
        sentence = f"Nothing that can be claimed. {_nothing(found, prices)}"
    else:
        least = "At least " if less.at_least else ""
        numbers = (
            Number(
                "Labels", f"{least}{less.labels:,.0f}", f"{less.asking:,.0f} instead of {less.random:,.0f}"
            ),
            Number("Hours", _hours(less.hours)),
            Number("Cost", _money(less.money, prices)),
        )
        sentence = f"For the same accuracy of {found.target:.0%}, against labelling at random."
        if found.share is not None and math.isfinite(found.share.margin):
            least = "at least " if found.at_least else ""
            sentence += (
                f" On average over the seeds {least}{found.share.mean:.0%} of the labels "
                f"(95%: {found.share.low:.0%} to {found.share.high:.0%})."
            )
    if story.two and (prices.fn or prices.fp):
        numbers += (_dearer(story, found, prices),)
    rows = _bars(story, found, prices)
    draw = partial(figures.story_saved, rows, prices.currency) if less is not None else None
    return Scene("Saved", title, sentence, numbers, draw)


def _dearer(story: Story, found: Told, prices: Prices) -> Number:
    """Return what the errors in 1,000 texts cost with as many labels each, asking beside random."""
    labels = level(story, found)
    each = [errors_at(story, kind, labels).means for kind in ("fn", "fp")]
    mine, other = (prices.errors(*(means[place] for means in each)) for place in (0, 1))
    return Number(
        f"Errors in {PER_TEXTS:,} texts", _money(mine, prices), f"at random {_money(other, prices)}"
    )


def _at_random(found: Told) -> float:
    """Return the labels at random to the target; where it never got there, those that it surely needs."""
    return found.random if math.isfinite(found.random) else found.random_least


def _bars(story: Story, found: Told, prices: Prices) -> pd.DataFrame:
    random = min(_at_random(found), prices.texts)
    more = "more than " if not math.isfinite(found.random) and random < prices.texts else ""
    (one, one_look), (other, other_look) = _looks(story)
    best = "" if story.best is None else f", to {story.best:.0%}"
    ways = (
        (f"Everything{best}", "", float(prices.texts), ""),
        (f"{one}, to {found.target:.0%}", one_look, random, more),
        (f"{other}, to {found.target:.0%}", other_look, min(found.asking, prices.texts), ""),
    )
    rows = [
        (
            name,
            strategy,
            labels,
            prices.money(labels),
            f"{more}{labels:,.0f} labels, {_hours(prices.hours(labels))} h, "
            f"{_money(prices.money(labels), prices)}",
        )
        for name, strategy, labels, more in ways
    ]
    return pd.DataFrame(rows, columns=["name", "strategy", "labels", "money", "said"])


def _looks(story: Story) -> list[tuple[str, str]]:
    """Return what each way is called on charts, and its strategy."""
    return [(RANDOM, story.random.strategy), (f"Asking ({story.asking.title})", story.asking.strategy)]


def _named(story: Story, bands: pd.DataFrame) -> pd.DataFrame:
    """Return bands with the names of `_looks`."""
    names = dict(zip((story.random.title, story.asking.title), (n for n, _ in _looks(story)), strict=True))
    return bands.assign(group=[names[each] for each in bands["group"]])


def _outcome(found: Told) -> str:
    """Return what the seeds say about the labels that both ways need."""
    one = found.verdict
    of = f"{one.agree:,} of {_count(one.n, 'seed')}"
    if one.outcome is None:
        return "One seed is no evidence: run more of them to know."
    if one.outcome == "better":
        return f"It asks about the texts that teach it most, and needs fewer labels: {of} agree."
    if one.outcome == "worse":
        return f"Here it needs more labels than random: {of} agree."
    if not math.isfinite(found.asking) and not math.isfinite(found.random):
        told, other = f"{found.asking_least:,.0f}", f"{found.random_least:,.0f}"
        told = told if told == other else f"{told} (asking) and {other} (at random)"
        return f"Neither way reaches {found.target:.0%} with {told} labels."
    return f"Asking and random are not distinguishable on {_count(one.n, 'seed')}."


def _nothing(found: Told, prices: Prices) -> str:
    """Return why nothing is saved."""
    if found.verdict.outcome != "better":
        return _outcome(found)
    if not math.isfinite(found.asking):
        return f"With {found.asking_least:,.0f} labels, most seeds do not reach {found.target:.0%}."
    if prices.texts <= found.asking:
        return f"{prices.texts:,} texts are too few to choose among: label them all."
    return "Half of the seeds need as many labels."


def _fewer(one: Verdict, what: str) -> str:
    if one.outcome == "better":
        return f"fewer {what}"
    if one.outcome == "worse":
        return f"more {what}"
    if one.outcome is None:
        return f"{what} on one seed, which is no evidence"
    return f"{what} not distinguishable"


def _labels(labels: float, least: float) -> str:
    return f"{labels:,.0f}" if math.isfinite(labels) else f"over {least:,.0f}"


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 20 or hours == 0 else f"{hours:,.1f}"


def _money(money: float, prices: Prices) -> str:
    return f"{prices.currency}{money:,.0f}" if money >= 10 or money == 0 else f"{prices.currency}{money:,.2f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else "–"


def _count(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
