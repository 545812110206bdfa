"""Ways to damage a story's JSON: each changes it and returns the place that must be named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def broken() -> list[Callable[[dict[str, Any]], str]]:
    def without_random(body: dict[str, Any]) -> str:
        del body["random"]
        return "random"

    def something_more(body: dict[str, Any]) -> str:
        body["more"] = 1
        return "more"

    def text_for_a_number(body: dict[str, Any]) -> str:
        body["asking"]["paths"][1]["fn"][0] = "1"
        return "asking.paths.1.fn.0"

    def a_round_too_few(body: dict[str, Any]) -> str:
        body["asking"]["paths"][0]["fp"].pop()
        return "one number for each round"

    def labels_that_shrink(body: dict[str, Any]) -> str:
        body["random"]["paths"][0]["labels"][1] = 20
        return "labels grow"

    def more_than_the_test_split(body: dict[str, Any]) -> str:
        body["random"]["paths"][0]["right"][0] = 101
        return "larger than the test split"

    def a_seed_twice(body: dict[str, Any]) -> str:
        body["random"]["paths"][1]["seed"] = 0
        return "each seed stands once"

    def no_path(body: dict[str, Any]) -> str:
        body["asking"]["paths"] = []
        return "asking.paths"

    def below_nothing(body: dict[str, Any]) -> str:
        body["validation"] = -1
        return "validation"

    def one_class(body: dict[str, Any]) -> str:
        body["classes"] = ["yes"]
        return "classes"

    def no_time_zone(body: dict[str, Any]) -> str:
        body["made_at"] = "2026-01-01T00:00:00"
        return "made_at"

    def two_of_one_name(body: dict[str, Any]) -> str:
        body["random"]["title"] = body["asking"]["title"]
        return "called differently"

    return [
        without_random,
        something_more,
        text_for_a_number,
        a_round_too_few,
        labels_that_shrink,
        more_than_the_test_split,
        a_seed_twice,
        no_path,
        below_nothing,
        one_class,
        no_time_zone,
        two_of_one_name,
    ]
