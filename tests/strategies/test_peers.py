"""Agreement with independent code on the same arrays, and with the authors' definitions.

scikit-activeml is a dependency of the tests only. Where it, or another library, is wrong, a test
says why ours differs.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2
from sklearn.linear_model import LogisticRegression

from al_core.matrix import squared_distances
from al_core.seeding import generator
from al_core.strategies import REGISTRY, scores
from al_core.strategies.clustering import typicality
from al_core.strategies.discriminative import unlabelled_probability
from al_core.strategies.geometry import badge, contrastive, k_centre
from al_core.strategies.probcover import cover, find_radius, neighbours, uncovered_neighbours

pool = pytest.importorskip("skactiveml.pool", reason="scikit-activeml is not installed")
from skactiveml.classifier import SklearnClassifier  # noqa: E402

CLOSE = {"rtol": 0, "atol": 1e-9}


def dirichlet(*shape: int, classes: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.6), shape)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (scores.least_confidence, "least_confident"),
        (scores.margin, "margin_sampling"),
        (scores.entropy, "entropy"),
    ],
)
def test_uncertainty(ours, theirs, classes):
    p = dirichlet(500, classes=classes)
    np.testing.assert_allclose(ours(p), pool.uncertainty_scores(p, method=theirs), **CLOSE)


def test_vote_entropy():
    votes = np.random.default_rng(0).integers(0, 4, (7, 300))
    np.testing.assert_allclose(
        scores.vote_entropy(votes, 4), pool.vote_entropy(votes.T, np.arange(4)), **CLOSE
    )


def test_variation_ratio():
    votes = np.random.default_rng(1).integers(0, 4, (7, 300))
    np.testing.assert_allclose(scores.variation_ratio(votes, 4), pool.variation_ratios(votes.T), **CLOSE)


def test_mean_kl_of_a_committee():
    samples = dirichlet(6, 300) * 0.99 + 0.0025  # away from 0, where theirs clips
    # A copy, because theirs changes what it is given.
    np.testing.assert_allclose(
        scores.disagreement(samples), pool.average_kl_divergence(samples.copy()), **CLOSE
    )


def test_bald():
    samples = dirichlet(6, 300) * 0.99 + 0.0025
    theirs = pool.batch_bald(samples.copy(), batch_size=1, random_state=0)
    np.testing.assert_allclose(scores.disagreement(samples), theirs[0], **CLOSE)


def embedded(n: int = 300, d: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def partly_labelled(n: int, labelled: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels for scikit-activeml (NaN: none), the labelled rows and the others."""
    rng = np.random.default_rng(4)
    rows = np.sort(rng.choice(n, labelled, replace=False))
    y = np.full(n, np.nan)
    y[rows] = np.arange(labelled) % classes
    return y, rows, np.setdiff1d(np.arange(n), rows)


def test_k_centre_picks():
    x = embedded()
    y, labelled, others = partly_labelled(300, 12)
    theirs, utilities = pool.k_greedy_center(x, y, batch_size=40, random_state=0)
    places, gaps = k_centre(x[others], x[labelled], 40, generator(0, "query", 0))
    np.testing.assert_array_equal(others[places], theirs)
    np.testing.assert_allclose(gaps, np.nanmax(utilities, axis=1), **CLOSE)


def test_k_centre_without_a_label_begins_in_the_middle():
    """scikit-activeml begins anywhere, another library with row 0; an outlier is a bad beginning."""
    x = embedded()
    places, gaps = k_centre(x, x[:0], 5, generator(0, "query", 0))
    assert places[0] == np.square(x - x.mean(axis=0)).sum(axis=1).argmin()
    assert np.isnan(gaps[0]) or gaps[0] == 0
    assert (np.diff(gaps[1:]) <= 0).all()


@pytest.mark.parametrize("order", [1, -1])
def test_k_centre_does_not_care_which_rows_come_first(order):
    """small-text mixes two ways of numbering, and is right only if unlabelled rows come first."""
    x = embedded()[::order]
    labelled, others = (np.arange(10), np.arange(10, 300))[::order]
    places, _ = k_centre(x[others], x[labelled], 8, generator(0, "query", 0))
    chosen, left = list(x[labelled]), x[others]
    for place in places:
        gaps = np.min([np.linalg.norm(left - each, axis=1) for each in chosen], axis=0)
        assert gaps[place] == pytest.approx(gaps.max())
        chosen.append(left[place])


def test_contrastive():
    x = embedded()
    y, labelled, others = partly_labelled(300, 40)
    clf = SklearnClassifier(LogisticRegression(), classes=[0, 1, 2], random_state=0).fit(x, y)
    query = pool.ContrastiveAL(nearest_neighbors_dict={"n_neighbors": 10}, random_state=0)
    _, theirs = query.query(x, y, clf=clf, fit_clf=False, return_utilities=True)
    p = clf.predict_proba(x)
    ours = contrastive(p[others], x[others], p[labelled], x[labelled], 10)
    assert p.min() > 1e-7, "theirs clips below"
    np.testing.assert_allclose(ours, theirs[0][others], **CLOSE)


def test_discriminative():
    x, labelled, others = embedded(), np.arange(40), np.arange(40, 300)
    y = np.full(300, np.nan)
    y[labelled] = labelled % 3
    discriminator = SklearnClassifier(LogisticRegression(max_iter=1000), random_state=0)
    _, theirs = pool.DiscriminativeAL(greedy_selection=True, random_state=0).query(
        x, y, discriminator=discriminator, return_utilities=True
    )
    ours = unlabelled_probability(x[labelled], x[others], x[others])
    np.testing.assert_allclose(ours, theirs[0][others], **CLOSE)


def test_probcover_first_step():
    x = embedded().astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y, labelled, others = partly_labelled(300, 12)
    radius = 0.4
    query = pool.ProbCover(n_classes=3, deltas=[radius], random_state=0)
    _, theirs = query.query(x, y, return_utilities=True)
    starts, places = neighbours(x[others], radius)
    uncovered = np.array([np.linalg.norm(x[labelled] - each, axis=1).min() > radius for each in x[others]])
    ours = uncovered_neighbours(starts, places, uncovered)
    np.testing.assert_array_equal(ours, theirs[0][others])
    chosen, gains = cover(x[others], x[labelled], radius, 1, generator(0, "query", 0))
    assert gains[0] == np.nanmax(theirs[0]) == ours[chosen[0]]


def test_probcover_covers_greedily_until_nothing_is_left():
    x = embedded(120, 2)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    places, gains = cover(x, x[:0], 0.3, 120, generator(0, "query", 0))
    assert gains.sum() == 120 and (np.diff(gains) <= 0).all()
    balls = np.linalg.norm(x[:, None] - x[places][None], axis=2) < 0.3
    assert balls.any(axis=1).all(), "the authors' code may go on to covered rows; here it ends"


def test_the_radius_is_the_largest_pure_one():
    x = embedded(400, 3).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    from al_core.strategies.clustering import k_means

    radius = find_radius(x, 3, 0.9, generator(0, "query", 0))
    clusters, _ = k_means(x, 3, generator(0, "query", 0))
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    differ = clusters[:, None] != clusters[None]

    def purity(r: float) -> float:
        return 1 - ((distances < r) & differ).any(axis=1).mean()

    assert purity(radius * 0.9999) >= 0.9 > purity(radius * 1.1)


def gradients(p: np.ndarray, h: np.ndarray) -> np.ndarray:
    """What BADGE compares, written out: (p - onehot) x h for each text."""
    errors = p.copy()
    errors[np.arange(len(p)), p.argmax(axis=1)] -= 1
    return np.einsum("nc,nd->ncd", errors, h).reshape(len(p), -1)


def test_badge_draws_as_its_authors_define_it():
    """The first has the longest gradient, the second comes in proportion to squared distance."""
    p, h = dirichlet(30, seed=3), embedded(30, seed=3)
    g = gradients(p, h)
    first = np.square(g).sum(axis=1).argmax()
    squared = np.square(g - g[first]).sum(axis=1)
    expected = 5000 * squared / squared.sum()
    counts = np.zeros(30)
    for seed in range(5000):
        places = badge(p, h, 2, generator(seed, "query", 0))
        assert places[0] == first
        counts[places[1]] += 1
    assert counts[first] == 0
    keep = expected > 5
    rest = (counts[~keep].sum(), expected[~keep].sum())
    observed = np.append(counts[keep], rest[0])
    wanted = np.append(expected[keep], rest[1])
    observed, wanted = observed[wanted > 0], wanted[wanted > 0]
    statistic = (np.square(observed - wanted) / wanted).sum()
    assert statistic < chi2.ppf(0.999, len(wanted) - 1), statistic


def test_badge_gives_no_row_twice_where_gradients_repeat():
    """scikit-activeml 1.0.1 may return one index many times once only copies are left."""
    p, h = np.repeat(dirichlet(5), 6, axis=0), np.repeat(embedded(5), 6, axis=0)
    for seed in range(50):
        assert len(set(badge(p, h, 30, generator(seed, "query", 0)).tolist())) == 30


def test_badge_covers_each_copy_before_it_repeats_one():
    p, h = np.repeat(dirichlet(5), 6, axis=0), np.repeat(embedded(5), 6, axis=0)
    for seed in range(50):
        assert len({place // 6 for place in badge(p, h, 5, generator(seed, "query", 0))}) == 5


def test_copies_are_nothing_apart_in_single_precision():
    """Rounding must not tell a copy from its original: it depends on the place in the matrix."""
    x = np.repeat(embedded(7, 37, seed=5), 10, axis=0).astype(np.float32)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    distances = squared_distances(x, x)
    assert (distances[np.arange(70)[:, None] // 10 == np.arange(70) // 10] == 0).all()
    assert (distances > 0).sum() == 70 * 60
    assert np.isinf(typicality(x, 5)).all()
    counts = np.zeros(70)
    for seed in range(300):
        places, gaps = k_centre(x, x[:0], 9, generator(seed, "query", 0))
        assert len({place // 10 for place in places[:7]}) == 7 and (gaps[7:] == 0).all()
        counts[places[7:]] += 1
    assert counts.reshape(7, 10).sum(axis=1).max() < 3 * counts.reshape(7, 10).sum(axis=1).min()


def test_typiclust_with_more_labels_than_clusters(situation):
    """scikit-activeml would ask k-means for a cluster per label and question; the authors stop at 500."""
    strategy = REGISTRY["typiclust"].create({"most_clusters": 4, "smallest": 0})
    given = situation(strategy, n=200, labelled=40)
    assert len(strategy.query(given, 50, generator(0, "query", 0)).rows) == 50
