"""Every parameter of every strategy, starter and wrapper does something, and none is without a test."""

from __future__ import annotations

import numpy as np
import pytest

from al_core.registry import Entry, Value
from al_core.seeding import generator
from al_core.starters import REGISTRY as STARTERS
from al_core.strategies import REGISTRY, Strategy
from al_core.strategies.wrappers import REGISTRY as WRAPPERS

REGISTRIES = {"strategies": REGISTRY, "starters": STARTERS, "wrappers": WRAPPERS}

CHANGES: dict[tuple[str, str, str], tuple[Value, Value]] = {
    ("strategies", "bald", "members"): (3, 9),
    ("strategies", "bald", "source"): ("dropout", "committee"),
    ("strategies", "committee", "measure"): ("mean KL", "vote entropy"),
    ("strategies", "committee", "members"): (3, 9),
    ("strategies", "contrastive", "neighbours"): (1, 8),
    ("strategies", "cost_weighted", "fn_cost"): (1.0, 50.0),
    ("strategies", "cost_weighted", "fp_cost"): (1.0, 50.0),
    ("strategies", "density", "beta"): (0.0, 5.0),
    ("strategies", "discriminative", "factor"): (1, 100),
    ("strategies", "discriminative", "sub_batches"): (1, 10),
    ("strategies", "diverse_margin", "candidates"): (1, 6),
    ("strategies", "entropy_threshold", "threshold"): (0.0, 0.95),
    ("strategies", "expected_error", "candidates"): (2, 5),
    ("strategies", "expected_error", "targets"): (1, 50),
    ("strategies", "power_bald", "members"): (3, 9),
    ("strategies", "power_bald", "sharpness"): (0.0, 50.0),
    ("strategies", "power_bald", "source"): ("dropout", "committee"),
    ("strategies", "probcover", "purity"): (0.5, 1.0),
    ("strategies", "probcover", "radius"): (0.2, 1.2),
    ("strategies", "stream_fixed", "budget"): (0.05, 1.0),
    ("strategies", "stream_fixed", "threshold"): (0.1, 0.9),
    ("strategies", "stream_variable", "budget"): (0.05, 1.0),
    ("strategies", "stream_variable", "step"): (0.001, 0.4),
    ("strategies", "typiclust", "most_clusters"): (2, 40),
    ("strategies", "typiclust", "neighbours"): (1, 20),
    ("strategies", "typiclust", "smallest"): (0, 12),
    ("wrappers", "epsilon_random", "epsilon"): (0.0, 0.9),
    ("wrappers", "subsampled", "size"): (12, 60),
}
"""For each parameter two values that must make a difference."""
CHANGES |= {
    ("starters", *key[1:]): values
    for key, values in CHANGES.items()
    if key[0] == "strategies" and key[1] in STARTERS
}


def test_every_parameter_is_in_the_table_and_nothing_else():
    known = {
        (kind, name, parameter.name)
        for kind, registry in REGISTRIES.items()
        for name, entry in registry.items()
        for parameter in entry.parameters
    }
    assert known == set(CHANGES)


def build(kind: str, entry: Entry[Strategy], settings: dict[str, Value]) -> Strategy:
    inner = (REGISTRY["margin"].create({}),) if kind == "wrappers" else ()
    return entry.build(*inner, **entry.settings(settings))


@pytest.mark.parametrize(("kind", "name", "parameter"), sorted(CHANGES))
def test_a_parameter_makes_a_difference(kind, name, parameter, situation):
    entry = REGISTRIES[kind][name]
    one, other = (build(kind, entry, {parameter: value}) for value in CHANGES[kind, name, parameter])
    if (one.needs, one.members) != (other.needs, other.members):
        return  # it decides what the cycle is asked for
    for seed in range(5):
        first, second = (
            made.query(situation(made, seed=seed), 10, generator(seed, "query", 1)) for made in (one, other)
        )
        if not np.array_equal(first.rows, second.rows):
            return
    pytest.fail("the same choice with both values, on five pools")


@pytest.mark.parametrize("kind", REGISTRIES)
def test_a_parameter_has_a_range_or_choices(kind):
    for entry in REGISTRIES[kind].values():
        for parameter in entry.parameters:
            ranged = parameter.minimum is not None and parameter.maximum is not None
            assert ranged or parameter.choices or parameter.kind == "bool", (entry.name, parameter.name)
