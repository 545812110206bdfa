"""TF-IDF and its topics: what they are fitted on, and texts that are out of the ordinary."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from al_core.errors import BadInput
from al_core.features import REGISTRY
from al_core.features.word_stream import _WORD, prepared

TEXTS = [
    "the cat sat on the mat",
    "the cat ate",
    "a dog ran",
    "",
    "the zebra",
    "der Hund läuft über die Straße",
    "der Hund schläft",
    "この映画は素晴らしい",
    "映画 が 好き",
    "यह फिल्म अच्छी है",
    "फिल्म बुरी है",
    "so good 😀",
    "so bad 😡 😀",
    "???",
]


def tfidf(texts, rows=None, **settings):
    features = REGISTRY["tfidf"].create(settings)
    return features.fit_transform(texts, np.arange(len(texts)) if rows is None else np.array(rows))


def test_by_hand():
    x = tfidf(["cat cat dog", "dog", "cow"], rarest=1, longest=1).toarray()
    # Columns from a to z: cat, cow, dog; idf = 1 + ln((1 + 3) / (1 + texts with the word)).
    cat, dog = (1 + math.log(2)) * (1 + math.log(2)), 1 + math.log(4 / 3)
    np.testing.assert_allclose(x[0], np.array([cat, 0, dog]) / math.hypot(cat, dog), rtol=1e-6)
    np.testing.assert_allclose(x[1:], [[0, 0, 1], [0, 1, 0]])


def test_same_rows_as_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{i}" for i in rng.zipf(1.5, rng.integers(0, 30)) if i < 500) for _ in range(200)]
    theirs = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32)
    expected = theirs.fit(texts[:150]).transform(texts)
    np.testing.assert_allclose(tfidf(texts, range(150)).toarray(), expected.toarray(), atol=1e-6)


COUNTED = [name for name in REGISTRY if any(each.name == "rarest" for each in REGISTRY[name].parameters)]


@pytest.mark.parametrize("name", COUNTED)
def test_the_battery_of_vectors(name):
    features = REGISTRY[name].create({"rarest": 1})
    rows = np.array([0, 1, 2, 4, 5, 7, 9, 11])
    x = features.fit_transform(TEXTS, rows)
    dense = np.asarray(x.toarray() if hasattr(x, "toarray") else x)
    assert dense.shape[0] == len(TEXTS) and dense.dtype == np.float32 and np.isfinite(dense).all()
    lengths = np.linalg.norm(dense, axis=1)
    assert ((np.abs(lengths - 1) < 1e-5) | (lengths < 1e-6)).all()
    assert lengths[3] == 0, "an empty text is a row of zeros"
    assert (lengths[rows] > 0).all(), "in every language, and with emoji"
    again = REGISTRY[name].create({"rarest": 1}).fit_transform(TEXTS, rows[::-1])
    np.testing.assert_allclose(
        np.asarray(again.toarray() if hasattr(again, "toarray") else again), dense, atol=1e-5
    )


def directly(texts, rows, vocabulary=100_000, **settings):
    """Return TF-IDF in which words are counted in the fitted texts alone, and known ones in the others."""
    fitted = [texts[row] for row in rows]
    for rarest in (min(settings.pop("min_df"), len(rows)), 1):
        counter = CountVectorizer(preprocessor=prepared, min_df=rarest, dtype=np.float32, **settings)
        try:
            counts = counter.fit_transform(fitted)
            break
        except ValueError:
            continue
    most = np.argsort(-np.asarray(counts.sum(axis=0)).ravel(), kind="stable")
    columns = np.sort(most[:vocabulary])
    weights = TfidfTransformer(sublinear_tf=True).fit(counts[:, columns])
    found = weights.transform(counter.transform(texts)[:, columns])
    found.sort_indices()
    return found


@pytest.mark.parametrize("part", ["few", "most", "all", "three", "one", "those without a word in common"])
@pytest.mark.parametrize("rarest", [1, 2, 4])
@pytest.mark.parametrize("vocabulary", [100_000, 40])
@pytest.mark.parametrize("kind", ["words", "pairs without stop words", "triples", "characters"])
def test_counts_of_the_whole_corpus_give_what_the_fitted_texts_alone_give(kind, vocabulary, rarest, part):
    rng = np.random.default_rng(0)
    drawn = [" ".join(f"w{i}" for i in rng.zipf(1.5, rng.integers(0, 40)) if i < 200) for _ in range(120)]
    texts = [*TEXTS, *drawn, *TEXTS[:5], "the of and not", "solo"]
    every = np.arange(len(texts))
    rows = {
        "few": every[::9],
        "most": np.delete(every, [1, 50, 51, 99]),
        "all": every,
        "three": every[[0, 1, 4]],
        "one": every[:1],
        "those without a word in common": every[[2, 5, 7, 9]],
    }[part]
    settings = {"vocabulary": vocabulary, "rarest": rarest}
    english = {"stop_words": "english", "ngram_range": (1, 2)}
    given, theirs = {
        "words": ({"longest": 1}, {"ngram_range": (1, 1)}),
        "pairs without stop words": ({"longest": 2, "stop_words": True}, english),
        "triples": ({"longest": 3}, {"ngram_range": (1, 3)}),
        "characters": ({"shortest": 2, "longest": 3}, {"analyzer": "char_wb", "ngram_range": (2, 3)}),
    }[kind]
    if kind != "characters":
        theirs = theirs | {"token_pattern": _WORD.pattern}
    expected = directly(texts, rows, vocabulary, min_df=rarest, **theirs)
    name = "characters" if kind == "characters" else "tfidf"
    found = REGISTRY[name].create(settings | given).fit_transform(texts, rows)
    assert found.shape == expected.shape and found.dtype == np.float32
    np.testing.assert_array_equal(found.indptr, expected.indptr)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_array_equal(found.data, expected.data)


def test_a_misspelt_word_shares_its_characters():
    texts = ["excellent", "excelent", "terrible"]
    x = REGISTRY["characters"].create({"rarest": 1}).fit_transform(texts, np.arange(3)).toarray()
    assert x[0] @ x[1] > 0.5 > 0.1 > x[0] @ x[2]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_words_and_topics_share_a_row(share):
    made = REGISTRY["words_and_topics"].create({"rarest": 1, "share": share, "components": 3})
    x = made.fit_transform(TEXTS, np.arange(len(TEXTS))).toarray()
    words, topics = np.square(x[:, :-3]).sum(axis=1), np.square(x[:, -3:]).sum(axis=1)
    some = words + topics > 0
    np.testing.assert_allclose(words[some] + topics[some], 1, atol=1e-5)
    assert (topics[some] <= share + 1e-5).all()


@pytest.mark.parametrize("name", ["tfidf", "tfidf_svd"])
def test_rows_have_length_1_and_nothing_is_a_row_of_zeros(name):
    features = REGISTRY[name].create({"rarest": 1})
    x = features.fit_transform(TEXTS, np.arange(len(TEXTS)))
    assert x.dtype == np.float32 and x.shape[0] == len(TEXTS)
    rows = np.asarray(x.toarray() if hasattr(x, "toarray") else x)
    empty = [not any(character.isalnum() for character in text) for text in TEXTS]
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), np.where(empty, 0, 1), atol=1e-6)


def test_rows_are_csr_in_the_order_of_the_texts():
    x = tfidf(TEXTS, rows=[12, 0, 7, 3], rarest=1)
    assert x.format == "csr" and x.has_sorted_indices
    again = tfidf(TEXTS, rows=[0, 3, 7, 12], rarest=1)
    np.testing.assert_array_equal(x.toarray(), again.toarray())


def test_words_of_other_texts_are_not_known():
    x = tfidf(TEXTS, rows=[0, 1, 2], rarest=1)
    assert x[5].nnz == 0, "no word of it was fitted"
    assert x[4].nnz == 1, "of 'the zebra' only 'the' is known"
    features = REGISTRY["tfidf"].create({})
    np.testing.assert_array_equal(features.rows_to_fit(np.array([3, 1]), np.array([7])), [1, 3, 7])


@pytest.mark.parametrize(
    ("one", "other"),
    [(5, 6), (7, 8), (9, 10), (11, 12)],
    ids=["German", "Japanese", "Hindi", "emoji"],
)
def test_texts_of_any_language_share_their_words(one, other):
    x = tfidf(TEXTS, rarest=1)
    assert (x[one] @ x[other].T).toarray()[0, 0] > 0.05
    assert (x[one] @ x[0].T).nnz == 0


def test_an_accent_may_be_typed_in_two_ways():
    x = tfidf(["caf\u00e9 noir", "cafe\u0301 blanc", "cafe"], rarest=1, longest=1)
    assert x.shape[1] == 4
    assert (x[0] @ x[1].T).toarray()[0, 0] > 0.1 and (x[1] @ x[2].T).nnz == 0


def test_rare_words_count_if_there_are_no_others():
    assert tfidf(["one two", "three four"], rarest=5).shape[1] == 6
    assert tfidf(["one two", "one four"], rarest=2).shape[1] == 1


def test_the_vocabulary_keeps_the_most_frequent_words_ties_from_a_to_z():
    x = tfidf(["the the cow", "the bee", "ant"], rarest=1, longest=1, vocabulary=2)
    # Of ant, bee and cow, each seen once, "ant" is kept beside "the".
    np.testing.assert_array_equal(x.toarray() > 0, [[False, True], [False, True], [True, False]])


def test_stop_words_can_be_left_out():
    assert tfidf(["the cat", "the dog"], rarest=1, longest=1).shape[1] == 3
    assert tfidf(["the cat", "the dog"], rarest=1, longest=1, stop_words=True).shape[1] == 2


def test_a_corpus_without_words_gets_one_sentence():
    with pytest.raises(BadInput, match="no word"):
        tfidf(["???", "!"])


def test_topics_are_few_and_the_same_again():
    texts = [f"word{i % 7} word{i % 11} word{i % 13} word{i % 17}" for i in range(300)]
    features = REGISTRY["tfidf_svd"].create({"components": 12, "longest": 1})
    x = features.fit_transform(texts, np.arange(200))
    assert x.shape == (300, 12) == (300, features.vocabulary)
    np.testing.assert_array_equal(x, features.fit_transform(texts, np.arange(200)))
    few = REGISTRY["tfidf_svd"].create({"components": 200, "longest": 1}).fit_transform(texts, np.arange(200))
    assert few.shape == (300, 17), "no more topics than words"


def test_topics_are_found_from_a_part_of_many_texts(monkeypatch):
    from al_core.features import reduction

    texts = [f"word{i % 7} word{i % 11} word{i % 13} word{i % 17}" for i in range(300)]
    monkeypatch.setattr(reduction, "MOST_FITTED", 50)
    x = REGISTRY["tfidf_svd"].create({"components": 12, "longest": 1}).fit_transform(texts, np.arange(200))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-6)
