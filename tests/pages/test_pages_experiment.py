"""The experiment form: presets fill it, the plan follows it, Start starts one run."""

from __future__ import annotations

from al_core.presets import PRESETS


def metrics(at) -> dict[str, str]:
    return {each.label: each.value for each in at.metric}


def test_the_demo_preset_says_what_will_happen(shell, no_workers):
    at = shell.open("experiment", preset="demo")
    found = metrics(at)
    assert (found["Labels"], found["Rounds"], found["Fits"]) == ("700", "6", "8")
    assert "About" in found
    assert "Synthetic: generated" in shell.words()


def test_a_link_chooses_the_preset_and_its_caution_shows(shell, no_workers):
    at = shell.open("experiment", preset="tutorial-imdb")
    assert at.selectbox(key="preset-choice").value == "tutorial-imdb"
    assert "Steers on the test split" in at.warning[0].value
    assert metrics(at)["Labels asked for"] == "15,000"


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


def test_the_form_holds_every_preset_unchanged(shell, no_workers, bench):
    from al_core import catalogue

    for name, preset in PRESETS.items():
        shell.open("experiment", preset=name)
        shell.click("start")
        made = bench.runs().runs[0].run_config()
        assert made.model_copy(update={"name": ""}) == catalogue.validated(preset.config).model_copy(
            update={"name": ""}
        )
