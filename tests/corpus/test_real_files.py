"""The importer on real files: `AL_TEST_DATA` names the folder that holds them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from al_core.config import SplitSettings
from al_core.corpus import files
from al_core.corpus.profile import duplicate_groups, profile
from al_core.corpus.split import make_split
from al_core.presets import preset


def read(name: str, text: str, label: str, positive: str | None = None):
    folder = os.environ.get("AL_TEST_DATA", "")
    path = Path(folder) / name
    if not path.is_file() and not (folder and os.environ.get("CI") == "true"):
        pytest.skip(f"AL_TEST_DATA names no folder with {name}")
    return files.import_table(files.read_path(path), text, label, name, positive)


def test_trec_has_six_unequal_classes():
    corpus = read("trec6.csv", "text", "label")
    found = profile(corpus)
    assert found.rows == 5952 and len(corpus.classes) == 6 and found.unlabelled == 0
    assert min(found.class_counts.values()) < 100 < 1000 < max(found.class_counts.values())


def test_sms_positive_class_is_the_chosen_one():
    corpus = read("sms_spam.csv", "text", "label", "spam")
    assert len(corpus) == 5549 and corpus.classes[1] == "spam"
    assert corpus.labels.mean() == pytest.approx(0.13, abs=0.02)


def test_the_blog_gets_its_own_test_lines():
    corpus = read("lyrics_pop_rap.csv", "lyric", "class", "1")
    config = preset("blog-lyrics").config
    groups = duplicate_groups(corpus.texts)
    split = make_split(corpus.labels, groups, config.split, config.seed)
    rest, test = train_test_split(np.arange(len(corpus)), test_size=0.3, random_state=17)
    np.testing.assert_array_equal(split.test, test)
    training = np.concatenate([split.initial, split.validation, split.pool])
    np.testing.assert_array_equal(np.sort(training), np.sort(rest))
    known = {corpus.texts[row] for row in rest.tolist()}
    assert np.mean([corpus.texts[row] in known for row in test.tolist()]) == pytest.approx(0.385, abs=0.0005)
    assert split.leaked_test / len(test) == pytest.approx(0.385, abs=0.005), "case folded, without validation"


def test_lyrics_repeat_and_stay_on_one_side():
    corpus = read("lyrics_pop_rap.csv", "lyric", "class")
    groups = duplicate_groups(corpus.texts)
    assert len(corpus) == 51_054 and profile(corpus).duplicate_rows > 15_000
    settings = SplitSettings(unit="percent", initial=1, validation=5, test=30)
    split = make_split(corpus.labels, groups, settings, 17)
    training = np.concatenate([split.initial, split.pool, split.validation])
    assert not np.isin(groups[split.test], groups[training]).any() and split.leaked_test == 0
    published = settings.model_copy(update={"group_duplicates": False})
    leaked = make_split(corpus.labels, groups, published, 17)
    assert leaked.leaked_test / len(leaked.test) > 0.3, "as measured for the published recipe"
