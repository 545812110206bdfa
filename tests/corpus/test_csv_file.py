from __future__ import annotations

import os

import numpy as np
import pytest

from al_core.config import Component
from al_core.corpus import REGISTRY, cache
from al_core.errors import BadInput


def silent(what: str, share: float) -> None:
    pass


def component(path, **params):
    return Component(name="csv", params={"path": str(path), **params})


def source(path, **params):
    return REGISTRY["csv"].create(component(path, **params).params)


def test_a_file_is_read_by_its_path_and_again_when_it_changes(tmp_path):
    file = tmp_path / "songs.csv"
    file.write_text("lyric,class\nyo yo,rap\noh baby,pop\n")
    corpus = cache.open_corpus(component(file, text="lyric", label="class", positive="pop"), silent)
    assert corpus.texts == ["yo yo", "oh baby"] and corpus.classes == ("rap", "pop")
    assert corpus.title == "songs.csv" and cache.exists(corpus.key)
    guessed = cache.open_corpus(component(file), silent)
    assert guessed.classes == ("pop", "rap") and guessed.key != corpus.key
    file.write_text("lyric,class\nyo yo,rap\noh baby,pop\nla la,pop\n")
    assert len(cache.open_corpus(component(file), silent)) == 3
    other = tmp_path / "songs2.csv"
    other.write_bytes(file.read_bytes())
    os.utime(file, ns=(1, 1))
    assert source(file).key() == source(file).key(), "the same bytes at another time"
    np.testing.assert_array_equal(cache.open_corpus(component(other), silent).labels, [1, 0, 0])


def test_a_relative_path_starts_in_the_data_folder_and_the_song_lines_may_lie_elsewhere(
    home, tmp_path, monkeypatch
):
    (home / "data").mkdir(parents=True)
    (home / "data" / "own.csv").write_text("text,label\na b,1\nc d,0\n")
    assert len(cache.open_corpus(component("own.csv"), silent)) == 2
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("lyric,class\na,1\nb,0\nc,0\n")
    monkeypatch.setenv("AL_LYRICS_CSV", str(elsewhere))
    assert len(cache.open_corpus(Component(name="csv"), silent)) == 3
    assert len(cache.open_corpus(component("own.csv"), silent)) == 2


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("lyrics_pop_rap.csv", "put it there, or let AL_LYRICS_CSV name its path"),
        ("none.csv", "There is no file .*none.csv; put it there."),
        (".", "There is no file"),
        ("", "Name the file"),
        ("https://example.org/texts.csv", "is an address"),
    ],
)
def test_a_file_that_is_not_there(path, words):
    assert source(path).key() == source(path).key(), "a page may ask for the key at any time"
    with pytest.raises(BadInput, match=words):
        source(path).read(silent)


def test_a_file_that_is_written_while_it_is_read_is_not_taken(tmp_path):
    file = tmp_path / "songs.csv"
    file.write_text("lyric,class\nyo yo,rap\noh baby,pop\n")

    def writing(what, share):
        if "Reading" in what:
            file.write_text("lyric,class\nyo yo,rap\noh baby,pop\nla la,pop\n")

    with pytest.raises(BadInput, match="changed while it was read; try again"):
        cache.open_corpus(component(file), writing)
    assert not cache.exists(source(file).key())
    assert len(cache.open_corpus(component(file), silent)) == 3


def test_a_wrong_column_is_named(tmp_path):
    file = tmp_path / "songs.csv"
    file.write_text("lyric,class\nyo yo,rap\noh baby,pop\n")
    with pytest.raises(BadInput, match="There is no column 'words'"):
        source(file, text="words").read(silent)
