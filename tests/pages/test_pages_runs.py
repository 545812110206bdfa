"""The list of runs: what the address says of it, and the way from it to Compare."""

from __future__ import annotations

import pytest

from al_core.config import Component
from al_core.presets import PRESETS
from al_core.store import lifecycle, runs
from pages.parts import run_compare
from pages.parts.compare import choice

COUNT = 45


@pytest.fixture
def many(bench, no_workers):
    """Return the ids of 45 runs, the oldest first; every third asks by margin, and is cancelled."""
    base = PRESETS["demo"].config
    key = bench.prepare(base.corpus)
    ids = []
    for number in range(COUNT):
        third = number % 3 == 0
        strategy = Component(name="margin" if third else "random")
        config = base.model_copy(
            update={"name": f"number {number:02d}", "strategy": strategy, "seed": number}
        )
        ids.append(runs.create_run(bench.store, config, key))
        if third:
            lifecycle.want(bench.store, ids[-1], "cancelled")
    return ids


def listed(shell):
    """Return the names of the runs that are shown, in their order."""
    links = [each.proto.label for each in shell.at.get("page_link")]
    return [each.strip("*") for each in links if each.startswith("**number")]


def anew(shell, **query):
    """Open the list by an address in a browser that has not been here yet."""
    other = type(shell)()
    other.open("runs", **query)
    return other


def names(*numbers):
    return [f"number {each:02d}" for each in numbers]


def test_the_address_says_order_filters_and_page(shell, many):
    assert listed(anew(shell)) == names(*range(44, 24, -1))
    assert listed(anew(shell, order="By name", **{"list-page": "3"})) == names(*range(40, 45))
    filters = {"filter-states": "Cancelled", "filter-strategies": "Margin"}
    found = anew(shell, order="Oldest first", **filters)
    assert listed(found) == names(*range(0, 45, 3)) and "15 runs" in found.words()
    assert [each.label for each in found.at.expander] == ["Filter (2 set)"]


def test_what_the_address_does_not_know_is_left_out(shell, many):
    found = anew(shell, order="By magic", **{"list-page": "9", "filter-tags": "nobody's"})
    assert listed(found) == names(*range(44, 24, -1))


def test_whoever_looks_for_something_else_begins_at_the_first_page(shell, many):
    found = anew(shell, **{"list-page": "2"})
    assert listed(found) == names(*range(24, 4, -1))
    found.at.selectbox(key="order").set_value("oldest")
    found.run()
    assert listed(found) == names(*range(20))
    found = anew(shell, **{"list-page": "2"})
    found.at.multiselect(key="filter-strategies").set_value(["random"])
    found.run()
    assert listed(found)[0] == "number 44" and "30 runs" in found.words()


def test_whoever_comes_back_from_a_run_finds_the_list_as_it_was(shell, many):
    at = shell.open("runs", order="By name", **{"list-page": "2", "filter-strategies": "Random"})
    before = listed(shell)
    assert before[0] == "number 31"
    shell.open("run", run=many[31])
    shell.open("runs")
    assert listed(shell) == before and at.selectbox(key="order").value == "name"
    shell.open("run", run=many[31])
    # The browser's back button comes by the address of the list with the id of the run.
    shell.open("runs", run=many[31])
    assert at.title[0].value == "Runs" and listed(shell) == before and "run" not in at.query_params


def button(shell):
    return next(each for each in shell.at.button if each.key == "compare-these")


def compared(shell):
    found = shell.at.query_params["runs"]
    return (found[0] if isinstance(found, list) else found).split(",")


def test_all_that_were_found_are_compared(shell, many):
    shell.open("runs", search="number 0")
    assert button(shell).label == "Compare these 10"
    shell.click("compare-these")
    assert shell.at.title[0].value == "Compare"
    assert compared(shell) == many[9::-1]


def test_what_is_ticked_is_compared_from_whatever_page(shell, many):
    at = shell.open("runs")
    assert not at.checkbox, "boxes only if wanted"
    at.toggle(key="ticking").set_value(True)
    shell.run()
    at.checkbox(key=f"tick-{many[44]}").check()
    shell.run()
    assert button(shell).label == "Compare 1 ticked" and button(shell).disabled
    at.get("pagination")[0].set_value(3)
    shell.run()
    at.checkbox(key=f"tick-{many[1]}").check()
    shell.run()
    at.checkbox(key=f"tick-{many[3]}").check()
    shell.run()
    at.checkbox(key=f"tick-{many[3]}").uncheck()
    shell.run()
    assert button(shell).label == "Compare 2 ticked"
    shell.click("compare-these")
    assert compared(shell) == [many[44], many[1]]
    shell.open("runs")
    assert at.checkbox(key=f"tick-{many[1]}").value, "the list is where it was"
    at.toggle(key="ticking").set_value(False)
    shell.run()
    assert button(shell).label == "Compare these 45"
    at.toggle(key="ticking").set_value(True)
    shell.run()
    assert not at.checkbox(key=f"tick-{many[1]}").value and button(shell).label == "Compare 0 ticked"


def test_there_are_bounds_to_what_is_compared(shell, many, monkeypatch):
    monkeypatch.setattr(run_compare, "MOST", 20)
    shell.open("runs")
    assert button(shell).disabled and "20 runs at most" in button(shell).help
    one = anew(shell, search="number 44")
    assert button(one).disabled and "two runs" in button(one).help


def test_every_run_can_be_found_to_be_compared(shell, many, monkeypatch):
    at = shell.open("compare", runs=many[0])
    assert "compare-search" not in {each.key for each in at.text_input}, "all are offered"
    monkeypatch.setattr(choice, "MOST_RUNS", 10)
    at = shell.open("compare", runs=many[0])
    offered = at.multiselect(key="compare-runs")
    assert len(offered.options) == 11 and any("number 44" in each for each in offered.options)
    at.text_input(key="compare-search").set_value("number 1")
    shell.run()
    offered = at.multiselect(key="compare-runs")
    assert offered.value == [many[0]] and len(offered.options) == 11
    assert sum("number 1" in each for each in offered.options) == 10
    offered.set_value([many[0], many[12]])
    shell.run()
    assert compared(shell) == [many[0], many[12]]
