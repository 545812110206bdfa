"""Progress and time left, with a clock that the test turns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from al_core.worker.estimate import Estimate, Sizes

SIZES = Sizes(
    numbers=(-1, 0, 1, 2),
    initial=100,
    validation=30,
    test=60,
    pool=400,
    batch=50,
    most_epochs=10,
    passes=1,
)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def walk(estimate, clock, numbers, epochs, per_text=0.01):
    """Go through rounds as the loop does, and return every snapshot."""
    seen = []
    for number in numbers:
        if number > 0:
            pool = SIZES.pool - SIZES.asked(number - 1)
            estimate.phase(number, "score", pool)
            clock.now += per_text * pool / 3
            estimate.phase(number, "select", pool)
        texts = SIZES.initial + SIZES.asked(number)
        estimate.phase(number, "fit", texts)
        for epoch in range(1, epochs + 1):
            for start in range(0, texts, 50):
                clock.now += per_text * min(50, texts - start)
                estimate.batch(min(50, texts - start))
                seen.append(estimate.snapshot() | {"at": clock.now})
            clock.now += per_text * SIZES.validation / 3
            estimate.epoch(epoch)
        estimate.phase(number, "measure", 90)
        clock.now += per_text * 30
        estimate.round_done(number, epochs)
        seen.append(estimate.snapshot() | {"at": clock.now})
    return seen


def test_a_run_without_early_stops_is_foretold():
    clock = Clock()
    seen = walk(Estimate(SIZES, {}, clock), clock, SIZES.numbers, 10)
    end = clock.now
    told = [(each["seconds_left"], end - each["at"]) for each in seen if each["seconds_left"] is not None]
    assert len(told) > 100
    assert all(left == pytest.approx(true, abs=1.0) for left, true in told)
    assert seen[-1]["fraction"] == 1.0 and seen[-1]["seconds_left"] == 0.0


def test_what_asking_takes_is_foretold(monkeypatch):
    """Ten looks at the pool and two fits for each batch."""
    sizes = replace(SIZES, passes=10, fits=2)
    clock = Clock()
    estimate, seen = Estimate(sizes, {}, clock), []
    for number in sizes.numbers:
        estimate.phase(number, "score", 300)
        estimate.phase(number, "select", 300)
        clock.now += 0.01 * sizes.asking(number)
        estimate.phase(number, "fit", 100)
        for epoch in range(1, 11):
            texts = int(sizes.epoch(number) - sizes.validation / 3)
            clock.now += 0.01 * texts
            estimate.batch(texts)
            clock.now += 0.01 * sizes.validation / 3
            estimate.epoch(epoch)
            seen.append((estimate.snapshot()["seconds_left"], clock.now))
        estimate.phase(number, "measure", 90)
        clock.now += 0.01 * sizes.measuring()
        estimate.round_done(number, 10)
    assert sizes.asking(1) > 3 * sizes.epoch(1)
    assert all(left == pytest.approx(clock.now - at, rel=0.15, abs=2) for left, at in seen[2:])


def test_early_stops_bring_the_estimate_down_and_the_bar_never_back():
    clock = Clock()
    seen = walk(Estimate(SIZES, {}, clock), clock, SIZES.numbers, 4)
    fractions = [each["fraction"] for each in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    first = next(each["seconds_left"] for each in seen if each["seconds_left"] is not None)
    assert first > 2 * clock.now * 0.9, "an upper bound at first"
    in_round_1 = next(each for each in seen if each["round"] == 1)
    assert in_round_1["seconds_left"] == pytest.approx(clock.now - in_round_1["at"], rel=0.1)


def test_what_is_shown():
    clock = Clock()
    estimate = Estimate(SIZES, {}, clock)
    estimate.phase(0, "fit", 100)
    assert estimate.snapshot()["seconds_left"] is None
    estimate.batch(50)
    found = estimate.snapshot()
    shown = {key: found[key] for key in ("phase", "round", "rounds", "epoch", "texts_done", "texts_total")}
    assert shown == {
        "phase": "fit",
        "round": 0,
        "rounds": 2,
        "epoch": 1,
        "texts_done": 50,
        "texts_total": 100,
    }


def test_a_resumed_run_counts_what_was_done_before():
    clock = Clock()
    estimate = Estimate(SIZES, {-1: 5, 0: 5}, clock)
    assert 0.4 < estimate.snapshot()["fraction"] < 0.7
    walk(estimate, clock, (1, 2), 5)
    assert estimate.snapshot()["fraction"] == 1.0


def test_a_run_that_a_criterion_ends_is_complete():
    clock = Clock()
    estimate = Estimate(SIZES, {}, clock)
    walk(estimate, clock, (-1, 0), 3)
    assert estimate.snapshot()["fraction"] < 1
    estimate.finish()
    assert estimate.snapshot()["fraction"] == 1.0 and estimate.snapshot()["seconds_left"] == 0.0
