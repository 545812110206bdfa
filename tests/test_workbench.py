"""The face that pages call, on a real store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from al_core import configfile
from al_core.config import Component
from al_core.errors import BadInput
from al_core.presets import PRESETS
from al_core.workbench import Workbench

DEMO = PRESETS["demo"].config
CSV = b"text,label\n" + b"".join(
    b"review number %d,%s\n" % (i, b"good" if i % 2 else b"bad") for i in range(300)
)


@pytest.fixture
def bench() -> Workbench:
    return Workbench()


def test_plan_of_a_corpus_that_is_not_read_yet(bench):
    assert bench.plan(PRESETS["tutorial-imdb"].config) is None


def test_plan_knows_the_sizes(bench):
    key = bench.prepare(DEMO.corpus)
    found = bench.plan(DEMO)
    assert found is not None and (found.sizes.initial, found.sizes.test) == (100, 600)
    assert found.labels == 700 and bench.corpora()[0].key == key and bench.corpora()[0].synthetic


def test_a_config_that_cannot_be_split_is_refused_before_it_is_queued(bench):
    bench.prepare(DEMO.corpus)
    with pytest.raises(BadInput):
        bench.create(configfile.override(DEMO, ["split.test=5000"]))
    assert bench.count_runs() == 0


def test_a_run_from_before_calibration_goes_on_without(bench):
    bench.prepare(DEMO.corpus)
    run = bench.run(bench.create(DEMO))
    assert run.run_config().calibration.name == "temperature"
    old = {key: value for key, value in run.config.items() if key != "calibration"}
    assert replace(run, config=old).run_config().calibration.name == "none"


def test_own_file_from_upload_to_queue(bench):
    draft = bench.draft(bench.read_upload("reviews.csv", CSV), "text", "label", "bad")
    assert draft.profile.rows == 300 and not bench.corpora(), "a draft changes nothing"
    key = bench.add(draft, "My reviews")
    record = bench.corpora()[0]
    assert (record.title, record.classes, record.rows) == ("My reviews", ["good", "bad"], 300)
    assert bench.preview(key, 2)["label"].tolist() == ["bad", "good"]
    assert bench.profile(key).rows == 300
    config = configfile.override(DEMO, ["split.initial=20", "split.validation=40", "split.test=40"])
    config = config.model_copy(update={"corpus": Component(name="table", params={"table": key})})
    run_id = bench.create(config)
    run = bench.run(run_id)
    assert run.state == "queued" and bench.classes(run) == ["good", "bad"] and not bench.is_synthetic(run)


def test_what_is_for_two_classes_is_refused_for_more(bench):
    rows = b"".join(b"text %d,%s\n" % (i, b"abc"[i % 3 : i % 3 + 1]) for i in range(90))
    key = bench.add(bench.draft(bench.read_upload("a.csv", b"text,label\n" + rows), "text", "label"), "Three")
    config = configfile.override(
        DEMO, ["strategy=cost_weighted", "split.initial=9", "split.validation=9", "split.test=9"]
    )
    config = config.model_copy(update={"corpus": Component(name="table", params={"table": key})})
    with pytest.raises(BadInput, match="two classes; this corpus has 3"):
        bench.plan(config)
    noisy = Component(name="noisy", params={"matrix": "0.9 0.1; 0.2 0.8"})
    update = {"strategy": Component(name="random"), "oracle": noisy}
    with pytest.raises(BadInput, match="has 2 rows, but the corpus has 3 classes"):
        bench.plan(config.model_copy(update=update))


def test_delete_and_restore(bench):
    run_id = bench.create(DEMO)
    bench.delete(run_id)
    assert bench.count_runs() == 0 and bench.run(run_id).archived_at
    bench.restore(run_id)
    assert bench.count_runs() == 1


def test_unknown_run(bench):
    with pytest.raises(BadInput, match="no run"):
        bench.run("nothing")
    assert bench.log("nothing") == ""
