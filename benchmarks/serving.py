"""A served model under load, beside a plain handler without a queue.

    python -m benchmarks.serving                # 60 s, 8 clients, a linear model and the published BiLSTM

Exports two models that were fitted on a few texts (IMDB where TFDS_DATA_DIR names it, else the embedded
corpus): how good they are does not change how long they take. Each client sends one unseen text, waits for
the answer, and sends the next. All of it stays on this machine. Prints a table and writes JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.corpora import component

ROOT = Path(__file__).parents[1]
MODELS = {"linear": ("words_and_topics", "logistic"), "BiLSTM": ("tokens", "bilstm")}
FITTED, LABELLED, SENT = 5000, 1000, 1000
"""Texts that features are fitted on (of fewer: all but those sent), labels used, texts sent."""
WARM = 3.0
"""Seconds of load before anything is measured."""
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What the clients saw, and what the server took."""

    model: str
    handler: str
    requests_a_second: float
    p50: float
    p95: float
    p99: float
    """Milliseconds."""
    errors: int
    cpu: float
    """Milliseconds of processor time that the server took for a request: what other work does not change."""
    texts_a_batch: float | None
    memory_start: float
    memory_end: float
    """MB."""


def exported(folder: Path, corpus: Any, features: str, classifier: str) -> Path:
    """Fit a model to the first texts of a corpus, and export it."""
    from al_core import catalogue, seeding
    from al_core.classifiers import saved
    from al_core.classifiers.base import Examples, FitHooks
    from al_core.config import Component
    from al_core.deploy.export import Source, export
    from al_core.features import REGISTRY
    from al_core.features.cache import cached

    wanted = catalogue.complete(Component(name=features), REGISTRY)
    made, rows = REGISTRY[features].create(wanted.params), np.arange(len(corpus) - SENT)
    x = cached(made, wanted, corpus, rows)
    chosen = catalogue.complete(Component(name=classifier), catalogue.REGISTRIES["classifiers"])
    recipe = saved.Recipe(chosen, x.shape[1], len(corpus.classes), made.vocabulary)
    model = saved.clone(recipe, 0)
    model.fit(
        Examples(x[:LABELLED], corpus.labels[:LABELLED]),
        Examples(x[LABELLED : LABELLED + 200], corpus.labels[LABELLED : LABELLED + 200]),
        partial(seeding.integer, 0),
        FitHooks(_quiet, _quiet),
        keep_best=False,
        resume=False,
    )
    model.use_best()
    saved.save(folder.with_suffix(".npz"), recipe, model)
    about = {"name": classifier, "version": 1}
    source = Source(folder.with_suffix(".npz"), wanted, corpus, rows, corpus.classes, None, about)
    export(folder, source, keras_formats=False, tell=_quiet)
    return folder


def _quiet(*_: object) -> None:
    """Tell nobody."""


def plain(folder: Path) -> None:
    """Serve a model as a tutorial would: a function that predicts, called in FastAPI's threads."""
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    from al_core.deploy import reader

    class Asked(BaseModel):
        text: str

    model, app = reader.load(folder), FastAPI()
    model.predict_proba(["The first answer takes longest."])

    def predict(asked: Asked) -> dict[str, Any]:
        found = model.predict_proba([asked.text])
        probabilities = dict(zip(model.classes, found[0].tolist(), strict=True))
        return {"class": model.decide(found)[0], "probabilities": probabilities}

    predict.__annotations__["asked"] = Asked
    app.post("/predict")(predict)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"Serving on http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


@contextlib.contextmanager
def process(*words: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run a command that serves; yield its port and process."""
    child = subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    said = []
    try:
        for line in child.stderr:
            said.append(line)
            if found := re.search(r"Serving.*127\.0\.0\.1:(\d+)", line):
                break
        else:
            raise SystemExit("".join(said))
        yield int(found[1]), psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(60)
        child.stderr.close()


def load(port: int, texts: Sequence[str], clients: int, seconds: float) -> tuple[list[float], int, float]:
    """Ask from so many clients at once; return milliseconds of each answer, errors, and seconds.

    One thread on raw sockets, so that the load takes little from the server.
    """
    requests = [_request(text) for text in texts]
    selector, sent, number = selectors.DefaultSelector(), {}, 0
    heard: dict[socket.socket, bytes] = {}
    found: list[float] = []
    errors = 0

    def send(connection: socket.socket) -> None:
        nonlocal number
        heard[connection], sent[connection] = b"", time.perf_counter()
        connection.sendall(requests[number % len(requests)])
        number += 1

    def connect() -> None:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        send(connection)

    def let_go(connection: socket.socket) -> None:
        selector.unregister(connection)
        connection.close()
        del heard[connection], sent[connection]

    began = time.perf_counter()
    for _ in range(clients):
        connect()
    while sent:
        ready = selector.select(PATIENCE)
        over = time.perf_counter() - began >= seconds
        if not ready:  # nobody was answered: all of them wait in vain
            errors += len(sent)
            break
        for key, _ in ready:
            connection: Any = key.fileobj
            part = connection.recv(65536)
            heard[connection] += part
            head, _, body = heard[connection].partition(b"\r\n\r\n")
            size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            if not part:
                errors += 1
                let_go(connection)
                if not over:
                    connect()
            elif size and len(body) >= int(size[1]):
                found.append(1000 * (time.perf_counter() - sent[connection]))
                errors += not head.startswith(b"HTTP/1.1 200")
                if over:
                    let_go(connection)
                else:
                    send(connection)
    return found, errors, time.perf_counter() - began


def _request(text: str) -> bytes:
    body = json.dumps({"text": text}).encode()
    head = (
        f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    return f"{head}\r\n\r\n".encode() + body


def measured(
    model: str, handler: str, words: Sequence[str], texts: Sequence[str], clients: int, seconds: float
) -> Figures:
    """Serve with a command, load it, and return what was seen."""
    with process(*words) as (port, server):
        load(port, texts, clients, WARM)
        start, before = server.memory_info().rss / 1e6, sum(server.cpu_times()[:2])
        taken, errors, lasted = load(port, texts, clients, seconds)
        end, cpu = server.memory_info().rss / 1e6, sum(server.cpu_times()[:2]) - before
        batch = None
        if handler == "served":
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                told = dict(
                    re.findall(r"^al_serve_batch_texts_(sum|count) (\S+)$", answer.read().decode(), re.M)
                )
            batch = float(told["sum"]) / float(told["count"])
    p50, p95, p99 = np.percentile(taken or [np.nan], [50, 95, 99]).tolist()
    each = 1000 * cpu / max(1, len(taken))
    return Figures(model, handler, len(taken) / lasted, p50, p95, p99, errors, each, batch, start, end)


def main() -> None:
    """Measure and report."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=[*MODELS])
    parser.add_argument("--out", type=Path, default=Path("serving.json"))
    parser.add_argument(
        "--plain", type=Path, metavar="FOLDER", help="serve a model without a queue, and no more"
    )
    options = parser.parse_args()
    if options.plain:
        plain(options.plain)
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from al_core.corpus.base import Corpus
    from al_core.corpus.cache import open_corpus

    name = "imdb" if os.environ.get("TFDS_DATA_DIR") else "demo"
    figures = []
    with tempfile.TemporaryDirectory() as home:
        os.environ["AL_HOME"] = home
        whole = open_corpus(component(name), _quiet)
        rows = np.random.default_rng(0).permutation(len(whole))[: FITTED + SENT].tolist()
        texts: list[str] = [str(whole.texts[row]) for row in rows]
        corpus = Corpus(f"{name}-some", whole.title, texts, whole.labels[rows], whole.classes)
        print(f"{name}: texts of {np.mean([len(text) for text in texts]):,.0f} characters", flush=True)
        print(
            f"{'model':>8} {'handler':>8} {'req/s':>7} {'p50 ms':>7} {'p95 ms':>7} {'p99 ms':>7} "
            f"{'errors':>6} {'CPU ms':>6} {'batch':>6} {'MB':>6} {'to MB':>6}",
            flush=True,
        )
        for model in options.models:
            folder = exported(Path(home) / model, corpus, *MODELS[model])
            commands = {
                "plain": ["benchmarks.serving", "--plain", str(folder)],
                "served": ["al_core", "serve", str(folder), "--port", "0"],
            }
            for handler, words in commands.items():
                seen = measured(model, handler, words, texts[-SENT:], options.clients, options.seconds)
                figures.append(seen)
                batch = "" if seen.texts_a_batch is None else f"{seen.texts_a_batch:.1f}"
                print(
                    f"{model:>8} {handler:>8} {seen.requests_a_second:>7,.0f} {seen.p50:>7.1f} "
                    f"{seen.p95:>7.1f} {seen.p99:>7.1f} {seen.errors:>6} {seen.cpu:>6.2f} {batch:>6} "
                    f"{seen.memory_start:>6,.0f} {seen.memory_end:>6,.0f}",
                    flush=True,
                )
    report = {
        "corpus": name,
        "clients": options.clients,
        "seconds": options.seconds,
        "load": os.getloadavg(),
        "figures": [asdict(each) for each in figures],
    }
    options.out.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
