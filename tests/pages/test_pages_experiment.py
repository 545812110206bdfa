"""The experiment form: presets fill it, the plan follows it, Start starts one run."""

from __future__ import annotations

import pytest

from al_core import catalogue
from al_core.presets import PRESETS


def metrics(at) -> dict[str, str]:
    return {each.label: each.value for each in at.metric}


def test_the_demo_preset_says_what_will_happen(shell, no_workers):
    at = shell.open("experiment", preset="demo")
    found = metrics(at)
    assert (found["Labels"], found["Rounds"], found["Fits"]) == ("700", "6", "8")
    assert "About" in found and found["Validation labels"] == "400"
    assert "700 labels and 400 validation labels" in shell.words()
    assert "Synthetic: generated" in shell.words()


def test_a_link_chooses_the_preset_and_its_caution_shows(shell, no_workers):
    at = shell.open("experiment", preset="tutorial-imdb")
    assert at.selectbox(key="preset-choice").value == "tutorial-imdb"
    assert "Steers on the test split" in at.warning[0].value
    assert metrics(at)["Labels asked for"] == "15,000"
    assert "validation labels: 2,500 per class" in shell.words()


def test_the_plan_follows_the_form(shell, no_workers):
    at = shell.open("experiment", preset="demo")
    at.number_input(key="demo-asking-rounds").set_value(2)
    assert metrics(shell.run())["Labels"] == "300"


def test_the_form_keeps_what_was_changed_while_one_looks_elsewhere(shell, no_workers):
    at = shell.open("experiment", preset="demo")
    at.number_input(key="demo-asking-batch").set_value(7)
    shell.run()
    shell.open("runs")
    at = shell.open("experiment")
    assert at.number_input(key="demo-asking-batch").value == 7


def test_a_config_that_cannot_run_gets_one_sentence_and_no_start(shell, no_workers):
    at = shell.open("experiment", preset="demo")
    at.number_input(key="demo-split-test").set_value(1_000_000.0)
    shell.run()
    assert len(at.error) == 1
    assert at.button(key="start").disabled


def test_an_empty_validation_set_gets_one_sentence_even_before_the_corpus_is_read(shell, no_workers):
    for preset in ("demo", "tutorial-imdb"):
        at = shell.open("experiment", preset=preset)
        at.number_input(key=f"{preset}-split-validation").set_value(0.0)
        at = shell.run()
        assert len(at.error) == 1 and "The validation set would be empty" in shell.words()
        assert at.button(key="start").disabled


@pytest.mark.parametrize(("rows", "validation"), [(60, 6), (200, 20), (5000, 200)])
def test_a_corpus_of_ones_own_begins_with_a_small_validation_set(shell, no_workers, bench, rows, validation):
    lines = "".join(f"text number {i} of many words,{'ab'[i % 2]}\n" for i in range(rows))
    upload = bench.read_upload("own.csv", b"text,label\n" + lines.encode())
    key = bench.add(bench.draft(upload, "text", "label"), "Own")
    for preset in PRESETS:
        at = shell.open("experiment", preset=preset)
        at.selectbox(key=f"{preset}-corpus").set_value(key)
        at = shell.run()
        assert at.number_input(key=f"{preset}-split-{key}-validation").value == validation
        assert not at.error and metrics(at)["Validation labels"] == f"{validation:,}"
        at.selectbox(key=f"{preset}-corpus").set_value(bench.corpus_key(PRESETS[preset].config.corpus))
        shell.run()
        usual = PRESETS[preset].config.split.validation
        assert shell.at.number_input(key=f"{preset}-split-validation").value == usual


def test_calibration_is_chosen_in_the_form(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    assert at.selectbox(key="demo-calibration").value == "temperature"
    at.selectbox(key="demo-calibration").set_value("isotonic")
    shell.run().number_input(key="demo-calibration-isotonic-fewest").set_value(300)
    shell.run()
    shell.click("start")
    assert bench.runs().runs[0].run_config().calibration.params == {"fewest": 300}


def test_start_twice_is_one_run(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    start = at.button(key="start")
    start.click()
    shell.run()
    start.click()  # the second half of a double click, sent from the same view
    at.run()
    assert bench.count_runs() == 1
    assert at.query_params["run"] in ([bench.runs().runs[0].id], bench.runs().runs[0].id)


def test_a_run_is_named_after_what_it_does(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    at.selectbox(key="demo-strategy").set_value("random")
    shell.run()
    shell.click("start")
    assert bench.runs().runs[0].name == "Random on synthetic reviews"


def test_a_model_that_reads_other_features_brings_its_own(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    assert at.selectbox(key="demo-features-ids").value == "tokens"
    at.number_input(key="demo-features-ids-tokens-length").set_value(33)
    at.selectbox(key="demo-model").set_value("logistic")
    at = shell.run()
    assert at.selectbox(key="demo-features-vectors").value == "words_and_topics"
    assert not at.error and metrics(at)["Labels"] == "700"
    at.selectbox(key="demo-features-vectors").set_value("tfidf_svd")
    at = shell.run()
    at.number_input(key="demo-features-vectors-tfidf_svd-components").set_value(50)
    shell.run()
    shell.click("start")
    made = bench.runs().runs[0].run_config()
    assert (made.classifier.name, made.features.name) == ("logistic", "tfidf_svd")
    assert made.features.params["components"] == 50
    shell.open("experiment", preset="demo").selectbox(key="demo-model").set_value("bilstm")
    assert shell.run().number_input(key="demo-features-ids-tokens-length").value == 33, (
        "what was set comes back"
    )


def test_wrappers_stand_around_the_strategy_in_the_order_chosen(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    at.multiselect(key="demo-wrappers").set_value(["subsampled", "epsilon_random"])
    at = shell.run()
    at.number_input(key="demo-wrappers-subsampled-size").set_value(400)
    at = shell.run()
    assert not at.error and "Only a part of the pool" in shell.words()
    shell.click("start")
    made = bench.runs().runs[0].run_config().wrappers
    assert [each.name for each in made] == ["subsampled", "epsilon_random"]
    assert made[0].params == {"size": 400}


def test_the_initial_set_can_be_chosen_by_a_starter(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    names = list(bench.entries("starters"))
    assert at.selectbox(key="demo-starter").value == "split" and len(names) > 1
    for name in names:
        shell.at.selectbox(key="demo-starter").set_value(name)
        assert not shell.run().error
    shell.click("start")
    assert bench.runs().runs[0].run_config().starter.name == names[-1]


@pytest.mark.parametrize("model", ["bilstm", "logistic"])
def test_every_strategy_can_be_chosen(shell, no_workers, bench, model):
    at = shell.open("experiment", preset="demo")
    at.selectbox(key="demo-model").set_value(model)
    for name in bench.entries("strategies"):
        shell.at.selectbox(key="demo-strategy").set_value(name)
        at = shell.run()
        # A stream's budget lets it ask about a fifth of the pool of 1,900.
        labels = "480" if name.startswith("stream") else "700"
        assert not at.error and metrics(at)["Labels"] == labels, name


def test_a_strategy_that_the_model_cannot_serve_gets_one_sentence_and_no_start(shell, no_workers):
    at = shell.open("experiment", preset="demo")
    at.selectbox(key="demo-model").set_value("logistic")
    at.selectbox(key="demo-strategy").set_value("bald")
    shell.run().selectbox(key="demo-strategy-bald-source").set_value("dropout")
    at = shell.run()
    assert len(at.error) == 1 and "Logistic regression cannot give" in shell.words()
    assert at.button(key="start").disabled


def test_the_form_holds_every_preset_unchanged(shell, no_workers, bench, lyrics):
    for name, preset in PRESETS.items():
        shell.open("experiment", preset=name)
        shell.click("start")
        made = bench.runs().runs[0].run_config()
        assert made.model_copy(update={"name": ""}) == catalogue.validated(preset.config).model_copy(
            update={"name": ""}
        )


def test_the_oracle_and_its_settings_are_chosen_in_the_form(shell, no_workers, bench):
    at = shell.open("experiment", preset="demo")
    at.selectbox(key="demo-asking-oracle").set_value("noisy")
    shell.run()
    at.text_input(key="demo-asking-oracle-noisy-matrix").set_value("0.9 0.1; 0.2 0.7")
    shell.run()
    assert "Row 2 of the matrix of answers" in at.error[0].value.replace("\\", "")
    at.text_input(key="demo-asking-oracle-noisy-matrix").set_value("1 0 0; 0 1 0; 0 0 1")
    shell.run()
    assert "3 rows, but the corpus has 2 classes" in at.error[0].value.replace("\\", "")
    assert at.button(key="start").disabled
    at.text_input(key="demo-asking-oracle-noisy-matrix").set_value("0.9 0.1; 0.2 0.8")
    at.number_input(key="demo-asking-oracle-noisy-price").set_value(0.25)
    shell.run()
    shell.click("start")
    oracle = bench.runs().runs[0].run_config().oracle
    assert (oracle.name, oracle.params) == (
        "noisy",
        {"rate": 0.1, "matrix": "0.9 0.1; 0.2 0.8", "price": 0.25},
    )


def test_every_criterion_can_be_chosen_in_the_form(shell, no_workers, bench):
    entries = bench.entries("stopping")
    at = shell.open("experiment", preset="demo")
    at.multiselect(key="demo-asking-criteria").set_value(list(entries))
    shell.run()
    assert "A limit on cost needs a price per answer" in shell.words()
    at.number_input(key="demo-asking-oracle-perfect-price").set_value(0.5)
    shell.run()
    assert all(entry.help in shell.words() for entry in entries.values())
    assert any("Time differs from machine to machine" in each.value for each in at.warning)
    shell.click("start")
    made = bench.runs().runs[0].run_config().stop.criteria
    assert {each.name: each.params for each in made} == {
        name: entry.settings({}) for name, entry in entries.items()
    }


def test_no_oracle_needs_a_fold_inside_the_fold_that_it_stands_in(bench):
    assert not any(p.advanced for entry in bench.entries("oracles").values() for p in entry.parameters)
