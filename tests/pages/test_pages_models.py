"""Decide, Models and Try it: what they say before there is anything, and what they do then."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl

import pytest
from small_run import SMALL
from streamlit.testing.v1 import AppTest

from al_core.deploy.face import Promotion
from al_core.evaluation.decisions import Decisions, Prices
from al_core.labelling import sessions
from al_core.labelling.settings import LabelSettings
from al_core.store.models import Origin
from al_core.workbench import Workbench
from al_core.worker.promote import promote
from al_core.worker.run import run
from pages.parts.models import threshold

CONFIG = SMALL.model_copy(update={"cycle": SMALL.cycle.model_copy(update={"rounds": 1})})


@pytest.fixture
def bench(home, monkeypatch):
    # The test prepares what is promoted in its own process.
    monkeypatch.setattr("al_core.worker.starter.start_promoting", lambda *_: True)
    found = Workbench()
    yield found
    found.store.close()


@pytest.fixture
def finished(bench):
    run_id = bench.create(CONFIG)
    assert run(bench.store, run_id) == "finished"
    return run_id


@pytest.fixture
def promoted(bench, finished):
    def make(note=""):
        told = Promotion(name="reviews", threshold=0.4, by="Ada", note=note)
        version = bench.models.promote(Origin(run_id=finished, round=1), told)
        assert promote(bench.store, "reviews", version) == "ready"
        return version

    return make


def toasts(at: AppTest):
    return [each.value.replace("\\", "") for each in at.toast]


@pytest.mark.parametrize(("page", "words"), [("models", "Nothing is promoted"), ("try_it", "No model")])
def test_without_a_model_they_say_what_to_do(shell, page, words):
    shell.open(page)
    assert words in shell.words()


def test_a_run_that_kept_nothing_says_so(shell, run_in):
    shell.open("run", run=run_in("finished"), show="Decide")
    assert "No model of this run is on this machine" in shell.words()


def test_a_decision_is_made_confirmed_and_promoted(shell, bench, finished):
    at = shell.open("run", run=finished, show="Decide")
    before = at.slider[0].value
    at.number_input(key="fn-price").set_value(10.0)
    shell.run()
    assert at.slider[0].value < before
    number = bench.models.best_round(finished)
    key = f"{finished}-{number}"
    at.toggle(key=f"cheapest-{key}").set_value(False)
    shell.run()
    at.slider(key=f"threshold-{key}").set_value(0.25)
    shell.run()
    shell.click(f"confirm-{key}")
    assert bench.models.looks(finished) == [(number, 0.25)]
    assert "threshold 0.250" in at.info[0].value and "looked at once" in shell.words()
    at.text_input(key=f"promote-by-{finished}").set_value("")
    shell.click(f"promote-{finished}")
    assert "Say who promotes it" in toasts(at)[0] and bench.models.models() == []
    at.text_input(key=f"promote-by-{finished}").set_value("Ada")
    shell.click(f"promote-{finished}")
    (record,) = bench.models.models()
    assert (record.name, record.version, record.promoted_by) == ("film-reviews-small", 1, "Ada")
    assert (record.threshold, record.fn_price, record.fp_price) == (0.25, 10.0, 1.0)
    assert "in preparation" in shell.words()


def test_what_is_promoted_is_what_the_fields_hold_at_the_click(shell, bench, finished):
    at = shell.open("run", run=finished, show="Decide")
    at.number_input(key="fn-price").set_value(40.0)  # and at once:
    at.text_input(key=f"promote-by-{finished}").set_value("Ada")
    shell.click(f"promote-{finished}")
    number = bench.models.best_round(finished)
    cheapest = bench.models.decisions(finished, number).best(Prices(40, 1))
    (record,) = bench.models.models()
    assert (record.threshold, record.fn_price) == (cheapest, 40)
    key = f"{finished}-{number}"
    at.toggle(key=f"cheapest-{key}").set_value(False)
    shell.run()
    at.slider(key=f"threshold-{key}").set_value(0.731)
    shell.click(f"promote-{finished}")
    assert max(bench.models.models(), key=lambda each: each.version).threshold == 0.731


def test_a_version_is_rolled_back(shell, bench, promoted):
    promoted("the *first*")
    promoted()
    at = shell.open("models", model="reviews")
    assert "the *first*" in shell.words() and "version 2" in shell.words()
    assert "until it is started again" in shell.words()
    at.text_input(key="use-by-reviews-1").set_value("")
    shell.click("use-reviews-1")
    assert "Say who puts it in use" in toasts(at)[0] and bench.models.in_use() == {"reviews": 2}
    at.text_input(key="use-by-reviews-1").set_value("Bob")
    at.text_input(key="use-note-reviews-1").set_value("2 is *worse* on slang")
    shell.click("use-reviews-1")
    assert bench.models.in_use() == {"reviews": 1}
    assert "Version 1 of reviews is in use" in toasts(at)[0]
    assert "by Bob: 2 is *worse* on slang" in shell.words()
    assert "python -m al_core serve reviews" in at.code[0].value


def test_a_version_in_use_can_be_taken_away_while_another_is_prepared(shell, bench, finished, promoted):
    promoted()
    told = Promotion(name="reviews", by="Ada")
    version = bench.models.promote(Origin(run_id=finished, round=1), told)
    at = shell.open("models", model="reviews")
    assert [each.label for each in at.get("download_button")] == ["Download"]
    assert "Preparing" in shell.words() and "reviews, version 1" in shell.words().replace("\\", "")
    assert promote(bench.store, "reviews", version) == "ready"
    shell.run()
    assert "Preparing" not in shell.words()


def test_a_version_that_failed_says_why(shell, bench, finished):
    told = Promotion(name="reviews", by="Ada")
    version = bench.models.promote(Origin(run_id=finished, round=1), told)
    from al_core.store import models

    models.failed(bench.store, "reviews", version, "The disk is *full*.")
    shell.open("models")
    assert "The disk is *full*." in shell.words()


def test_a_text_is_tried_and_sent_to_a_session(shell, bench, finished, promoted):
    promoted()
    at = shell.open("try_it", model="reviews")
    assert "The answer appears here" in shell.words()
    at.text_area(key="asked-text").set_value("A <b>wonderful</b> film, so *gripping*")
    shell.click("ask")
    words = shell.words()
    assert "Nearest labelled examples" in words and "40.0%" in words
    marked = "".join(each.proto.body for each in at.get("html"))
    assert "<b>" not in marked
    assert "there is none yet" in words
    key = bench.corpus_key(CONFIG.corpus)
    classes = tuple(bench.corpus(key).classes)
    session = bench.labelling.create("Reviews to label", key, LabelSettings(classes=classes))
    at = shell.run()
    at.text_input(key="send-by").set_value("Ada")
    shell.click("send")
    assert "asked about next" in toasts(at)[0]
    (added,) = bench.labelling.added(session)
    assert added.text == "A <b>wonderful</b> film, so *gripping*" and added.origin["model"] == "reviews"
    shell.click("send")
    assert len(bench.labelling.added(session)) == 1


def test_a_text_that_the_session_has_is_asked_next_or_told(shell, bench, finished, promoted):
    promoted()
    key = bench.corpus_key(CONFIG.corpus)
    classes = tuple(bench.corpus(key).classes)
    session = bench.labelling.create("Reviews to label", key, LabelSettings(classes=classes, validation=5))
    drawn = sessions.validation(bench.store, bench.labelling.session(session)).tolist()
    item = next(row for row in range(50, 600) if row not in drawn)
    at = shell.open("try_it", model="reviews")

    def sent(row: int) -> str:
        at.text_area(key="asked-text").set_value(bench.labelling.text(bench.labelling.session(session), row))
        shell.click("ask")
        at.text_input(key="send-by").set_value("Ada")
        shell.click("send")
        return toasts(at)[0]

    assert "has this text already: it is asked about next" in sent(item)
    assert bench.labelling.offered(bench.labelling.session(session), "Ada")[0].item == item
    bench.labelling.decide(session, item, "Ada", 1, str(uuid.uuid4()))
    assert f"has this text already, labelled {classes[1]}" in sent(item)
    assert "to measure by: it is asked about in its turn" in sent(drawn[0])


def test_the_texts_of_a_file_are_answered(shell, promoted):
    promoted()
    at = shell.open("try_it", model="reviews", **{"try": "A file of texts"})
    assert "can be taken away" in shell.words()
    at.file_uploader(key="try-file").upload("texts.txt", "a *fine* film\n\nso dull 😀\n".encode())
    at = shell.run()
    (found,) = at.dataframe
    assert found.value["text"].tolist() == ["a *fine* film", "so dull 😀"]
    assert found.value["probability"].between(0, 1).all()
    assert at.metric[0].value == "2"
    rows = 'id,review,class\n1,"one, two",x\n2,,y\n3,wonderful and gripping,x\n'
    at.file_uploader(key="try-file").upload("texts.csv", rows.encode())
    at = shell.run()
    at.selectbox[1].set_value("review")
    at = shell.run()
    assert at.dataframe[0].value["text"].tolist() == ["one, two", "", "wonderful and gripping"]
    assert set(at.dataframe[0].value) >= {"class", "probability"} and at.metric[0].value == "3"


def test_a_link_leads_to_its_own_model(shell, bench, finished, promoted):
    promoted()
    told = Promotion(name="another", by="Ada")
    assert (
        promote(bench.store, "another", bench.models.promote(Origin(run_id=finished, round=0), told))
        == "ready"
    )
    at = shell.open("try_it", model="reviews")
    assert at.selectbox(key="chosen-model").value == "reviews", (
        "and not the newest, which is chosen without a link"
    )


def test_a_link_to_the_newest_model_leads_there_from_another(shell, bench, finished, promoted):
    promoted()
    told = Promotion(name="another", by="Ada")
    version = bench.models.promote(Origin(run_id=finished, round=0), told)
    assert promote(bench.store, "another", version) == "ready"
    for page in ("models", "try_it"):
        for name in ("reviews", "another", "reviews"):
            assert shell.open(page, model=name).selectbox(key="chosen-model").value == name
    assert shell.open("models").selectbox(key="chosen-model").value == "reviews", "chosen before"
    shell.at.selectbox(key="chosen-model").set_value("another")
    assert shell.run().query_params["model"] == "another"


def test_the_way_back_from_a_model_shows_what_was_decided(shell, bench, finished):
    told = Promotion(name="mine", threshold=0.0004, prices=Prices(50, 1), by="Ada")
    bench.models.promote(Origin(run_id=finished, round=0), told)
    at = shell.open("models", model="mine")
    assert "threshold 0.0004" in shell.words()
    (link,) = [each.proto for each in at.get("page_link") if each.proto.label.startswith("From a run")]
    query = dict(parse_qsl(link.query_string))
    assert query == {
        "run": finished,
        "show": "Decide",
        "round": "0",
        "threshold": "0.0004",
        "fn-price": "50",
    }
    at = shell.open("run", **query)
    assert "Decides at the threshold 0.0004." in shell.words()
    assert at.number_input(key="fn-price").value == 50


def test_a_threshold_close_to_an_end_does_not_become_it(shell, bench, finished, monkeypatch):
    assert [threshold.told(each) for each in (0.5, 0.0004, 0.99996, 0.0, 1.0)] == [
        "0.500",
        "0.0004",
        "0.99996",
        "0.000",
        "1.000",
    ]
    assert [threshold.percent(each) for each in (0.5, 0.0004, 0.99996)] == ["50.0%", "0.04%", "99.996%"]
    monkeypatch.setattr(Decisions, "best", lambda self, prices: 0.0004)
    at = shell.open("run", run=finished, show="Decide")
    at.toggle(key=f"cheapest-{finished}-{bench.models.best_round(finished)}").set_value(False)
    shell.run()
    assert at.query_params["threshold"] == "0.0004" and "at the threshold 0.0004." in shell.words()


def test_a_form_outlives_a_better_round(shell, bench, finished, monkeypatch):
    at = shell.open("run", run=finished, show="Decide")
    at.text_input(key=f"promote-note-{finished}").set_value("Because")
    shell.run()
    other = next(each for each in bench.models.rounds(finished) if each != bench.models.best_round(finished))
    monkeypatch.setattr(type(bench.models), "best_round", lambda *_: other)
    shell.run()
    assert at.text_input(key=f"promote-note-{finished}").value == "Because"


def test_text_and_file_stay_while_the_other_tab_is_open(shell, promoted):
    promoted()
    at = shell.open("try_it", model="reviews")
    at.text_area(key="asked-text").set_value("gripping")
    shell.click("ask")
    at.session_state["try"] = "A file of texts"
    shell.run()
    at.file_uploader(key="try-file").upload("texts.txt", b"one\ntwo\n")
    assert shell.run().metric[0].value == "2"
    at.session_state["try"] = "One text"
    shell.run()
    assert at.text_area(key="asked-text").value == "gripping"
    at.session_state["try"] = "A file of texts"
    assert shell.run().metric[0].value == "2"


def test_a_model_in_the_address_that_is_gone_is_passed_over(shell, promoted):
    promoted()
    at = shell.open("try_it", model="nobody")
    assert at.selectbox(key="chosen-model").value == "reviews"


def test_a_text_goes_to_the_session_that_was_chosen_of_two_of_one_name(shell, bench, promoted):
    promoted()
    key = bench.corpus_key(CONFIG.corpus)
    settings = LabelSettings(classes=tuple(bench.corpus(key).classes))
    ids = [bench.labelling.create("Reviews", key, settings) for _ in range(2)]
    at = shell.open("try_it", model="reviews")
    for place, session in enumerate(ids):
        at.text_area(key="asked-text").set_value(f"Text number {place}")
        shell.click("ask")
        at.selectbox(key="send-to").set_value(session)
        at.text_input(key="send-by").set_value("Ada")
        shell.run()
        shell.click("send")
    assert len(set(at.selectbox(key="send-to").options)) == 2
    sent = [[each.text for each in bench.labelling.added(session)] for session in ids]
    assert sent == [["Text number 0"], ["Text number 1"]]


def test_a_text_of_a_file_is_looked_at_closely_and_sent(shell, bench, promoted):
    promoted()
    key = bench.corpus_key(CONFIG.corpus)
    session = bench.labelling.create("Mine", key, LabelSettings(classes=tuple(bench.corpus(key).classes)))
    at = shell.open("try_it", model="reviews", **{"try": "A file of texts"})
    at.file_uploader(key="try-file").upload("texts.txt", b"a dull film\na gripping, wonderful film\n")
    at = shell.run()
    assert "Choose a row" in shell.words() and "Words that weighed" not in shell.words()
    at.session_state[at.dataframe[0].key] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    at = shell.run()
    assert "Words that weighed" in shell.words() and "Nearest labelled examples" in shell.words()
    at.text_input(key="send-by").set_value("Ada")
    shell.click("send")
    assert [each.text for each in bench.labelling.added(session)] == ["a gripping, wonderful film"]
    at.file_uploader(key="try-file").upload("texts.txt", b"another film\nand one more\n")
    shell.run()
    assert "Words that weighed" not in shell.words(), "of another file nothing is chosen yet"


def test_a_file_in_another_encoding_is_read(shell, promoted):
    promoted()
    at = shell.open("try_it", model="reviews", **{"try": "A file of texts"})
    words = "Ein schöner Film für große und kleine Zuschauer\r\nüber die Grenzen hinaus gerühmt\r\n"
    for encoding in ("cp1252", "utf-16", "utf-8-sig"):
        at.file_uploader(key="try-file").upload("texts.txt", words.encode(encoding))
        at = shell.run()
        assert at.dataframe[0].value["text"].tolist() == words.splitlines()
    at.file_uploader(key="try-file").upload("texts.txt", b"one\nt\0wo\n")
    at = shell.run()
    assert "Line 2 of texts.txt has a NUL character" in shell.words()
