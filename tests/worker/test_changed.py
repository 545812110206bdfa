"""A run whose file or whose code is another by the time that it is carried out."""

from __future__ import annotations

import time

import pytest

from al_core import paths
from al_core.code_version import code_version
from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.corpus import cache
from al_core.errors import BadInput
from al_core.store import corpora, history, lifecycle
from al_core.workbench import Workbench
from al_core.worker import reaper
from al_core.worker import run as worker_run
from al_core.worker.run import run

pytestmark = pytest.mark.xdist_group("keras")  # one process pays for TensorFlow

LINEAR = RunConfig(
    name="Of a file",
    corpus=Component(name="csv", params={"path": "lines.csv", "text": "text", "label": "class"}),
    split=SplitSettings(initial=20, validation=40, test=60),
    features=Component(name="tfidf"),
    classifier=Component(name="logistic"),
    strategy=Component(name="margin"),
    cycle=CycleSettings(rounds=2, batch_size=10, carry="fresh", baseline=False),
)
OTHER = "0.1.0+00000000"


@pytest.fixture
def file(home):
    place = home / "data" / "lines.csv"
    place.parent.mkdir(parents=True)
    place.write_text(lines("film"))
    return place


def lines(word):
    return "text,class\n" + "".join(f"{'good' if i % 2 else 'dull'} {word} {i},{i % 2}\n" for i in range(300))


def table(key):
    return paths.corpora() / f"{key}.parquet"


@pytest.fixture
def bench(file, monkeypatch):
    monkeypatch.setattr(reaper, "tend", lambda store: None)
    monkeypatch.setenv("AL_SLOTS", "2")
    made = Workbench()
    yield made
    made.store.close()


def test_a_run_does_not_go_to_work_on_other_texts(bench, file):
    run_id = bench.create(LINEAR)
    key = bench.run(run_id).corpus_key
    file.write_text(lines("book"))
    other = bench.corpus_key(LINEAR.corpus)
    assert other != key
    assert run(bench.store, run_id) == "failed"
    assert bench.run(run_id).message == (
        "The texts have changed or gone since this run was made (File by path: lines.csv); put back what was "
        "there, or run it again on what is there now."
    )
    assert not history.done_rounds(bench.store, run_id)
    assert corpora.find(bench.store, other) is None and not cache.exists(other), "nothing else was read"
    file.write_text(lines("film"))
    bench.resume(run_id)
    assert run(bench.store, run_id) == "finished"
    assert bench.run(run_id).corpus_key == key


def test_one_that_has_read_its_texts_goes_on_with_them_when_its_file_is_gone(bench, file, monkeypatch):
    monkeypatch.setattr(worker_run, "HEARTBEAT", 0.02)
    run_id = bench.create(LINEAR)

    def pausing(line):
        if line.startswith("Initial fit: "):
            bench.pause(run_id)
            time.sleep(0.2)

    assert run(bench.store, run_id, echo=pausing) == "paused"
    file.unlink()
    lifecycle.want(bench.store, run_id, "running")
    assert run(bench.store, run_id) == "finished"
    assert [each.number for each in history.done_rounds(bench.store, run_id)] == [0, 1, 2]


def test_nor_does_one_whose_file_and_texts_are_gone(bench, file):
    run_id = bench.create(LINEAR)
    file.unlink()
    assert run(bench.store, run_id) == "failed"
    assert "The texts have changed or gone" in bench.run(run_id).message


def test_a_file_that_changes_at_the_last_moment_is_seen(bench, file, monkeypatch):
    run_id = bench.create(LINEAR)
    table(bench.run(run_id).corpus_key).unlink()  # else it would go on with what it has read
    monkeypatch.setattr(worker_run, "check_unchanged", lambda *_: file.write_text(lines("book")))
    assert run(bench.store, run_id) == "failed"
    assert "The texts have changed or gone" in bench.run(run_id).message


def test_texts_are_opened_under_the_key_that_they_had(bench, file):
    key = bench.corpus_key(LINEAR.corpus)
    assert len(cache.open_unchanged(LINEAR.corpus, key, lambda *_: None)) == 300
    with pytest.raises(BadInput, match=r"lines\.csv"):
        cache.open_unchanged(LINEAR.corpus, "another", lambda *_: None)
    file.write_text(lines("book"))
    assert "film" in cache.open_unchanged(LINEAR.corpus, key, lambda *_: None).texts[0]
    table(key).write_bytes(b"damaged")
    with pytest.raises(BadInput, match="changed or gone"):
        cache.open_unchanged(LINEAR.corpus, key, lambda *_: None)


def test_the_code_that_carries_a_run_out_is_recorded(bench):
    run_id = bench.create(LINEAR)
    assert bench.run(run_id).code_version == code_version(), "as the page has it"
    # Queued before the workbench was updated.
    lifecycle.set_code(bench.store, run_id, OTHER)
    assert run(bench.store, run_id) == "finished"
    assert bench.run(run_id).code_version == code_version()


@pytest.mark.parametrize("before", ["0.1.0", OTHER])
def test_a_run_that_other_code_began_goes_on_and_is_of_both(bench, before):
    whole, run_id = bench.create(LINEAR), bench.create(LINEAR)
    assert run(bench.store, whole) == "finished"
    rounds = history.done_rounds(bench.store, whole)
    assert history.commit_round(bench.store, run_id, rounds[0])
    lifecycle.set_code(bench.store, run_id, before)
    assert run(bench.store, run_id) == "finished"
    assert bench.run(run_id).code_version == f"{before}, {code_version()}"
    assert [each.number for each in history.done_rounds(bench.store, run_id)] == [0, 1, 2]
