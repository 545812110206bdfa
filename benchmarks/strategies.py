"""Speed and memory of the query strategies, beside other libraries on the same arrays.

    python -m benchmarks.strategies                       # pools of 25,000, with the peers
    python -m benchmarks.strategies --large               # a pool of 1,000,000 x 128 as well
    python -m benchmarks.strategies --only k_centre

scikit-activeml and small-text are compared where they are installed and take the same input; the
median of several runs counts, ours and theirs in turn. Memory is what Python and NumPy allocate on
top of the inputs, by tracemalloc, in a run of its own. Prints a table and writes JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse import random as sparse_random

from al_core.seeding import generator
from al_core.strategies import REGISTRY, Situation, scores
from al_core.strategies.discriminative import unlabelled_probability
from al_core.strategies.geometry import badge, contrastive, k_centre
from al_core.strategies.wrappers import REGISTRY as WRAPPERS

POOL, BATCH, CLASSES, DENSE, WIDE, LABELLED, MEMBERS = 25_000, 5_000, 4, 128, 200_000, 1_000, 10
LARGE = 1_000_000
PEERS = {name: importlib.util.find_spec(name) is not None for name in ("skactiveml", "small_text")}

Job = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table: our code, what others have for it, and the bounds it should keep."""

    name: str
    ours: Job
    peers: dict[str, Job]
    runs: int = 3
    seconds: float | None = None
    megabytes: float | None = None


@lru_cache(maxsize=1)
def arrays(n: int = POOL) -> dict[str, Any]:
    """Return the inputs of all cases, from one seed."""
    rng = np.random.default_rng(0)
    dense = rng.standard_normal((n, DENSE), dtype=np.float32)
    return {
        "p": rng.dirichlet(np.ones(CLASSES), n),
        "dense": dense,
        "labelled": rng.standard_normal((LABELLED, DENSE), dtype=np.float32),
        "labels": np.arange(LABELLED, dtype=np.int32) % CLASSES,
        "labelled_p": rng.dirichlet(np.ones(CLASSES), LABELLED),
        "rows": np.arange(n),
    }


@lru_cache(maxsize=1)
def sparse() -> tuple[csr_matrix, csr_matrix]:
    """Return a pool and labelled texts as TF-IDF would make them: 100 of 200,000 columns each."""
    made = sparse_random(
        POOL + LABELLED, WIDE, 100 / WIDE, format="csr", random_state=np.random.default_rng(1)
    )
    return made[:POOL], made[POOL:]


@lru_cache(maxsize=1)
def samples() -> np.ndarray:
    """Return what a committee of ten says of the pool."""
    return np.random.default_rng(2).dirichlet(np.ones(CLASSES), (MEMBERS, POOL))


def situation(name: str, *, csr: bool = False) -> Situation:
    """Return what a strategy is shown."""
    a, needs = arrays(), REGISTRY[name].create({}).needs
    pool, labelled = sparse() if csr else (a["dense"], a["labelled"])
    return Situation(
        pool=a["rows"],
        n_classes=CLASSES,
        labelled=np.arange(POOL, POOL + LABELLED),
        labels=a["labels"],
        probabilities=a["p"] if "probabilities" in needs else None,
        embeddings=pool if "embeddings" in needs else None,
        labelled_embeddings=labelled if "embeddings" in needs else None,
        labelled_probabilities=a["labelled_p"] if "labelled_probabilities" in needs else None,
        samples=samples() if needs & {"committee", "dropout"} else None,
    )


def asked(name: str, n: int, *, csr: bool = False) -> Job:
    """Return a whole query of a registered strategy."""
    strategy = REGISTRY[name].create({})

    def job() -> Any:
        return strategy.query(situation(name, csr=csr), n, generator(0, "query", 1))

    return job


def uncertainty_cases() -> list[Case]:
    """Probability scores, alone and with the choice of the batch."""
    p, cases = arrays()["p"], []
    theirs = {"least_confidence": "least_confident", "margin": "margin_sampling", "entropy": "entropy"}
    for name, method in theirs.items():
        peers: dict[str, Job] = {}
        if PEERS["skactiveml"]:
            from skactiveml.pool import uncertainty_scores

            peers["scikit-activeml"] = lambda method=method: uncertainty_scores(p, method=method)
        if PEERS["small_text"]:
            peers["small-text"] = _small_text_score(name, p)
        ours = getattr(scores, name)
        cases.append(Case(f"{name}, score", lambda ours=ours: ours(p), peers, 7, 0.05, 50))
        cases.append(Case(f"{name}, query of {BATCH:,}", asked(name, BATCH), {}, 7, 0.05, 50))
    committee: dict[str, Job] = {}
    if PEERS["skactiveml"]:
        from skactiveml.pool import average_kl_divergence

        committee["scikit-activeml"] = lambda: average_kl_divergence(samples().copy())
    cases.append(Case("mean KL of 10 members", lambda: scores.disagreement(samples()), committee, 3))
    votes = np.random.default_rng(3).integers(0, CLASSES, (MEMBERS, POOL))
    of_votes: dict[str, Job] = {}
    if PEERS["skactiveml"]:
        from skactiveml.pool import vote_entropy

        of_votes["scikit-activeml"] = lambda: vote_entropy(votes.T, np.arange(CLASSES))
    cases.append(Case("vote entropy", lambda: scores.vote_entropy(votes, CLASSES), of_votes, 3))
    return cases


class _Told:
    """A classifier of small-text's kind that says what it is told to say."""

    def predict_proba(self, dataset: np.ndarray) -> np.ndarray:
        return dataset


def _small_text_score(name: str, p: np.ndarray) -> Job:
    from small_text.query_strategies import BreakingTies, LeastConfidence, PredictionEntropy

    made = {"least_confidence": LeastConfidence, "margin": BreakingTies, "entropy": PredictionEntropy}[name]()
    return lambda: made.get_confidence(_Told(), p, None, None, None)


def _unlabelled() -> np.ndarray:
    """Return labels as scikit-activeml wants them: NaN for the pool, which comes first."""
    return np.concatenate([np.full(POOL, np.nan), arrays()["labels"].astype(float)])


def _clf() -> Any:
    from skactiveml.classifier import SklearnClassifier
    from sklearn.linear_model import LogisticRegression

    a = arrays()
    x = np.concatenate([a["dense"], a["labelled"]])
    model = SklearnClassifier(LogisticRegression(max_iter=20), classes=list(range(CLASSES)), random_state=0)
    return model.fit(x, _unlabelled())


def embedding_cases() -> list[Case]:
    """What measures distances, on dense and on sparse embeddings."""
    a, (wide, wide_labelled) = arrays(), sparse()
    both = np.concatenate([a["dense"], a["labelled"]])
    peers: dict[str, dict[str, Job]] = {}
    few: dict[str, Job] = {}
    if PEERS["skactiveml"]:
        from skactiveml import pool as other

        y, clf = _unlabelled(), _clf()
        peers["k_centre"] = {
            "scikit-activeml": lambda: other.k_greedy_center(both, y, batch_size=1000, random_state=0)
        }
        cal = other.ContrastiveAL(nearest_neighbors_dict={"n_neighbors": 10}, random_state=0)
        peers["contrastive"] = {
            "scikit-activeml": lambda: cal.query(both, y, clf=clf, fit_clf=False, batch_size=100)
        }
        peers["badge"] = {
            "scikit-activeml": lambda: other.Badge(random_state=0).query(
                both, y, clf=clf, fit_clf=False, batch_size=500
            )
        }
        typical = other.TypiClust(random_state=0)
        peers["typiclust"] = {"scikit-activeml": lambda: typical.query(both, y, batch_size=100)}
    if PEERS["small_text"]:
        from small_text.query_strategies import ContrastiveActiveLearning
        from small_text.query_strategies.coresets import greedy_coreset

        pool_rows, labelled_rows = np.arange(POOL), np.arange(POOL, POOL + LABELLED)
        # 20 picks only: it measures every distance again for each of them.
        few["small-text, 20 picks"] = lambda: greedy_coreset(
            both, pool_rows, labelled_rows, 20, distance_metric="euclidean"
        )
        every_p = np.concatenate([a["p"], a["labelled_p"]])
        contrast = ContrastiveActiveLearning(pbar=None)
        peers.setdefault("contrastive", {})["small-text"] = lambda: contrast.sample(
            None, both, pool_rows, labelled_rows, None, 100, both, embeddings_proba=every_p
        )

    def rng() -> np.random.Generator:
        return generator(0, "query", 1)

    cases = [
        Case(
            "k-centre, 1,000, dense",
            lambda: k_centre(a["dense"], a["labelled"], 1000, rng()),
            peers.get("k_centre", {}),
            1,
            10,
        ),
        Case("k-centre, 20, dense", lambda: k_centre(a["dense"], a["labelled"], 20, rng()), few, 1),
        Case("k-centre, 1,000, csr", lambda: k_centre(wide, wide_labelled, 1000, rng()), {}, 1, 10),
        Case(
            "CAL, dense",
            lambda: contrastive(a["p"], a["dense"], a["labelled_p"], a["labelled"], 10),
            peers.get("contrastive", {}),
            1,
            30,
        ),
        Case(
            "CAL, csr",
            lambda: contrastive(a["p"], wide, a["labelled_p"], wide_labelled, 10),
            {},
            1,
            30,
        ),
        Case("BADGE, 500, dense", lambda: badge(a["p"], a["dense"], 500, rng()), peers.get("badge", {}), 1),
        Case(f"BADGE, {BATCH:,}, dense", lambda: badge(a["p"], a["dense"], BATCH, rng()), {}, 1, 30),
        Case(f"BADGE, {BATCH:,}, csr", lambda: badge(a["p"], wide, BATCH, rng()), {}, 1, 30),
        Case("TypiClust, 100, dense", asked("typiclust", 100), peers.get("typiclust", {}), 1),
        Case(
            "discriminator, one fit",
            lambda: unlabelled_probability(a["labelled"], a["dense"][:10_000], a["dense"]),
            {},
            1,
        ),
    ]
    for name in ("typiclust", "probcover", "kmeans", "diverse_margin", "density", "discriminative"):
        for csr in (False, True):
            bound = 30.0 if name in ("typiclust", "probcover") else None
            words = f"{name}, query of {BATCH:,}, {'csr' if csr else 'dense'}"
            cases.append(Case(words, asked(name, BATCH, csr=csr), {}, 1, bound))
    return cases


def large_cases(batch: int = 1000) -> list[Case]:
    """A pool of a million texts."""
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(CLASSES), LARGE)
    dense = rng.standard_normal((LARGE, DENSE), dtype=np.float32)
    rows = np.arange(LARGE)
    labelled = rng.standard_normal((LABELLED, DENSE), dtype=np.float32)
    labels = arrays()["labels"]

    def query(name: str) -> Job:
        strategy = REGISTRY[name].create({})
        if name == "k_centre":
            strategy = WRAPPERS["subsampled"].build(strategy, size=50_000)
        given = Situation(
            pool=rows,
            n_classes=CLASSES,
            labelled=np.arange(LARGE, LARGE + LABELLED),
            labels=labels,
            probabilities=p,
            embeddings=dense,
            labelled_embeddings=labelled,
        )
        return lambda: strategy.query(given, batch, generator(0, "query", 1))

    cases = [
        Case(f"{name}, score, 1,000,000", lambda name=name: getattr(scores, name)(p), {}, 3, 1)
        for name in ("least_confidence", "margin", "entropy")
    ]
    for name in ("margin", "kmeans", "diverse_margin", "k_centre"):
        part = " of 50,000 sampled" if name == "k_centre" else ""
        words = f"{name}, query of {batch:,}{part}, 1,000,000"
        cases.append(Case(words, query(name), {}, 1, 120, 4000))
    return cases


def timed(job: Job) -> float:
    """Return the seconds that one run takes."""
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


def peak(job: Job) -> float:
    """Return the megabytes that one run has allocated at once, on top of what was there."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    job()
    found = (tracemalloc.get_traced_memory()[1] - before) / 1e6
    tracemalloc.stop()
    return found


def measure(case: Case) -> dict[str, Any]:
    """Time ours and theirs in turn; then our memory."""
    times: dict[str, list[float]] = {"ours": [], **{name: [] for name in case.peers}}
    for _ in range(case.runs):
        for name, job in {"ours": case.ours, **case.peers}.items():
            times[name].append(timed(job))
    medians = {name: statistics.median(found) for name, found in times.items()}
    return {"seconds": medians, "megabytes": peak(case.ours)}


def main() -> None:
    """Measure the cases, print the table, write JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", action="store_true", help="also a pool of 1,000,000 x 128")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/out/strategies.json"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    cases = [*uncertainty_cases(), *embedding_cases(), *(large_cases() if options.large else [])]
    results: dict[str, Any] = {}
    print(f"| {'case':<48} | seconds | MB | peers, seconds | times as fast | bound |")
    print("|---|---|---|---|---|---|")
    for case in cases:
        if options.only not in case.name:
            continue
        found = measure(case)
        ours = found["seconds"].pop("ours")
        theirs = ", ".join(f"{name} {seconds:.3g}" for name, seconds in found["seconds"].items())
        fastest = min(found["seconds"].values(), default=None)
        ratio = f"{fastest / ours:.1f}" if fastest else ""
        bound = "" if case.seconds is None else f"{case.seconds:g} s"
        bound += "" if case.megabytes is None else f", {case.megabytes:g} MB"
        print(
            f"| {case.name:<48} | {ours:.3g} | {found['megabytes']:.0f} | {theirs} | {ratio} | {bound} |",
            flush=True,
        )
        results[case.name] = {"seconds": ours, "megabytes": found["megabytes"], "peers": found["seconds"]}
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
