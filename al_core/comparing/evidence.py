"""What curves of groups say: each against random on its task, and those that ask against each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from al_core.comparing.groups import Group
from al_core.evaluation.comparison import Curve
from al_core.evaluation.verdicts import Measure, Verdict, every_pair, verdicts


def families(groups: Sequence[Group], curves: Sequence[Curve]) -> dict[str, list[Curve]]:
    """Return the curves that are compared with each control, its own among them."""
    controls = {group.title: group.control for group in groups}
    found: dict[str, list[Curve]] = {}
    for control in dict.fromkeys(each for each in controls.values() if each):
        found[control] = [c for c in curves if control in (c.group, controls[c.group])]
    return found


def against_random(
    groups: Sequence[Group], curves: Sequence[Curve], measure: Callable[[str], Measure | None]
) -> dict[str, Verdict]:
    """Return each group's verdict against its control; those of one control hold together.

    measure: by task; None where there is nothing to measure by.
    """
    tasks = {group.title: group.task for group in groups}
    found: dict[str, Verdict] = {}
    for control, mine in families(groups, curves).items():
        if by := measure(tasks[control]):
            found |= verdicts(mine, control, by)
    return found


def among_those_that_ask(
    groups: Sequence[Group], curves: Sequence[Curve], measure: Measure
) -> dict[tuple[str, str], Verdict]:
    """Return a verdict on each two groups of a task and a start of which neither asks at random.

    Those of one task and start hold together.
    """
    found: dict[tuple[str, str], Verdict] = {}
    for like in dict.fromkeys((group.task, group.start) for group in groups):
        titles = {g.title for g in groups if (g.task, g.start) == like and not g.random}
        found |= every_pair([curve for curve in curves if curve.group in titles], measure)
    return found
