"""The record: what goes to disk comes back, and what is damaged is told in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from story_damage import broken

from al_core.errors import BadInput
from al_core.story import Story, making
from al_core.story.record import Path


def test_a_story_comes_back_as_it_was(tell):
    story = tell()
    assert Story.from_json(story.to_json()) == story


def test_the_shipped_story_is_small_synthetic_and_of_enough_seeds_for_a_verdict():
    story = making.shipped()
    assert making.SHIPPED.stat().st_size < 100_000
    assert story.synthetic and story.seeds >= 6 and story.full
    assert story.settings == making.validated(making.DEMO).model_dump(mode="json")
    assert {path.labels for side in (story.random, story.asking) for path in side.paths} == {
        tuple(range(20, 1_221, 20))
    }


@pytest.mark.parametrize("change", broken(), ids=lambda change: change.__name__)
def test_damage_is_one_sentence_that_names_the_place(tell, change):
    body = json.loads(tell().to_json())
    place = change(body)
    with pytest.raises(BadInput) as caught:
        Story.from_json(json.dumps(body))
    sentence = str(caught.value)
    assert place in sentence and "\n" not in sentence and "python -m al_core story --make" in sentence


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"corpus": 1}'])
def test_what_is_no_story_at_all_is_one_sentence_too(body):
    with pytest.raises(BadInput, match="The demo's story is damaged"):
        Story.from_json(body, "The demo's story")


def test_a_missing_file_says_how_to_make_it(monkeypatch, tmp_path):
    monkeypatch.setattr(making, "SHIPPED", tmp_path / "nowhere.json")
    making._read.cache_clear()
    with pytest.raises(BadInput, match="story --make"):
        making.shipped()


def test_a_path_has_its_scores():
    path = Path(0, 200, (10, 20), (150, 180), (30, 5), (20, 15))
    assert path.scores("accuracy") == [0.75, 0.9]
    assert path.scores("fn") == [150.0, 25.0] and path.scores("fp") == [100.0, 75.0]


def test_age(tell):
    story = tell()
    made = datetime(2026, 1, 1, tzinfo=UTC)
    told = [making.age(story, made + timedelta(days=days, hours=1)) for days in (0, 1, 40)]
    assert told == ["today", "1 day ago", "40 days ago"]
