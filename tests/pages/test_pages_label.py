"""Labelling sessions on their pages: listed, begun once, and shown in every state with their evidence."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from al_core import paths
from al_core.config import Component
from al_core.evaluation.metrics import measure
from al_core.labelling import events, models, sessions, trainers
from al_core.labelling.records import Answer
from al_core.labelling.settings import LabelSettings
from al_core.workbench import Workbench
from al_core.worker import process, starter
from pages.parts.labelling import label_begin
from pages.parts.labelling.session_decide import _uuid
from pages.parts.labelling.session_now import look

ROOT = Path(__file__).parents[2]
ME = "test@example.com"
"""Whom AppTest signs in."""
HOSTILE = "<script>alert(1)</script> **bold** [link](https://example.com) :material/delete: $x^2$"
TABS = (
    "What it is worth",
    "People",
    "Disagreements",
    "Second look",
    "Labels",
    "Use",
    "Guidelines and settings",
)
TEXTS = 60

pytestmark = pytest.mark.usefixtures("no_workers")


@pytest.fixture
def corpus(bench: Workbench) -> str:
    """A corpus whose every text tries to be markup."""
    rows = "".join(f'"{HOSTILE} text {i}",{("no", "yes")[i % 2]}\n' for i in range(TEXTS))
    upload = bench.read_upload("own.csv", b"text,label\n" + rows.encode())
    return bench.add(bench.draft(upload, "text", "label"), "Own texts")


@pytest.fixture
def begin(bench: Workbench, corpus: str) -> Callable[..., str]:
    def make(classes: tuple[str, ...] = ("no", "yes"), **settings) -> str:
        given: dict[str, Any] = {"validation": 10, "overlap": 2} | settings
        return bench.labelling.create("My session", corpus, LabelSettings(classes=classes, **given))

    return make


@pytest.fixture
def say(bench: Workbench) -> Callable[..., None]:
    def answer(
        session_id: str, item: int, who: str, label: int | None = None, kind: Any = "label", note=""
    ) -> None:
        told = Answer(str(uuid.uuid4()), session_id, item, who, kind, label, note, milliseconds=1500)
        events.append(bench.store, told)

    return answer


@pytest.fixture
def labelled(begin, say) -> str:
    """A session that two people label; they differ on texts 0 and 1."""
    session_id = begin()
    for item in range(30):
        say(session_id, item, "Ann", item % 2)
        say(session_id, item, "Ben *the* bold", 1 - item % 2 if item < 2 else item % 2)
    say(session_id, 3, "Ann", kind="flag", note="**odd** one")
    return session_id


@pytest.fixture
def model(bench: Workbench) -> Callable[..., None]:
    """Write a model, as the trainer would."""

    def write(session_id: str, version: int, classes: int = 2, **details) -> None:
        labels = np.arange(20) % classes
        told = {
            "validation": measure(np.eye(classes)[labels], labels).to_dict(),
            "stop_set": {"predicted": [0, 1] * 10, "uncertainty": 0.5},
            "held_out": [(item + (item == version)) % classes for item in range(10)],
            "per_class": [10] * classes,
            "paying": None,
            "second_look": None,
        } | details
        with bench.store.write() as connection:
            models.write(
                connection,
                session_id,
                version=version,
                event_id=events.latest(bench.store, session_id),
                labels=20 * version,
                validation_labels=10,
                seconds=1.0,
                details=told,
            )

    return write


def every_tab(shell, session_id: str) -> str:
    """Return the words of all tabs together."""
    words = []
    for tab in TABS:
        at = shell.open("session", session=session_id, show=tab)
        assert not at.error
        words.append(shell.words())
    return "\n".join(words)


def metrics(at) -> dict[str, str]:
    return {each.label: each.value for each in at.metric}


def test_without_a_corpus_the_form_leads_to_one(shell, bench):
    shell.open("label")
    assert "It takes texts to label" in shell.words()
    at = shell.click("try-demo")
    assert at.selectbox(key="corpus-choice").value == bench.corpora()[0].key
    assert "What will happen" in shell.words()


def test_without_a_session_the_list_says_what_to_do(shell, corpus):
    shell.open("label", view="Sessions")
    assert "No session yet" in shell.words()


def test_a_link_chooses_the_corpus_and_its_classes_are_filled_in(shell, bench, corpus):
    bench.prepare(Component(name="demo"))
    at = shell.open("label", corpus=corpus)
    assert at.selectbox(key="corpus-choice").value == corpus
    assert [at.text_input(key=f"new-{corpus}-class-{i}").value for i in (0, 1)] == ["no", "yes"]


def test_begin_begins_one_session_however_often_it_is_clicked(shell, bench, corpus, monkeypatch):
    at = shell.open("label", corpus=corpus)
    at.text_input(key=f"new-{corpus}-name").set_value("Mine")
    at.text_area(key=f"new-{corpus}-text").set_value("Be *fair*.")
    at = shell.run()
    with monkeypatch.context() as patch:
        # A click that comes before the page has changed.
        patch.setattr(label_begin, "_open", lambda _: None)
        shell.click("begin")
    at = shell.click("begin")
    assert at.query_params["session"] and at.title[0].value == "Mine"
    found = bench.labelling.sessions()
    assert [each.name for each in found] == ["Mine"]
    assert [each.text for each in bench.labelling.guidelines(found[0].id)] == ["Be *fair*."]
    settings = found[0].label_settings()
    assert (settings.classes, settings.colors, settings.validation) == (("no", "yes"), (), TEXTS // 10)


def test_the_form_takes_other_classes_and_settings(shell, bench, corpus):
    key = f"new-{corpus}"
    shell.open("label", corpus=corpus)
    at = shell.click(f"{key}-add")
    assert at.button(key="begin").disabled and "Name every class" in shell.words()
    at.text_input(key=f"{key}-class-1002").set_value("maybe")
    at.color_picker(key=f"{key}-color-1002").set_value("#ff0000")
    at.number_input(key=f"{key}-overlap").set_value(2)
    at.number_input(key=f"{key}-lease").set_value(2)
    at.toggle(key=f"{key}-guess").set_value(True)
    shell.run()
    shell.click("begin")
    settings = bench.labelling.sessions()[0].label_settings()
    assert settings.classes == ("no", "yes", "maybe") and settings.colors[2] == "#ff0000"
    assert (settings.overlap, settings.lease_seconds, settings.show_guess) == (2, 120, True)


def test_what_cannot_be_gets_one_sentence_and_nothing_is_lost(shell, bench, corpus):
    key = f"new-{corpus}"
    at = shell.open("label", corpus=corpus)
    at.text_area(key=f"{key}-text").set_value("Kept.")
    at.text_input(key=f"{key}-class-1").set_value("no")
    at = shell.run()
    assert len(at.error) == 1 and "each class needs a name" in shell.words().lower()
    assert at.button(key="begin").disabled
    assert at.text_area(key=f"{key}-text").value == "Kept."
    at.text_input(key=f"{key}-class-1").set_value("yes")
    at.slider(key=f"{key}-random").set_value(0)
    assert len(shell.run().error) == 1
    assert not bench.labelling.sessions()


def test_the_list_tells_one_session_from_another(shell, bench, labelled, model):
    model(labelled, 3)
    shell.open("label")
    words = shell.words()
    assert "Own texts · 30 texts labelled by 2 people · model 3 · last label" in words
    bench.labelling.archive(labelled)
    shell.open("label", view="Sessions")
    assert "No session yet" in shell.words()
    at = shell.at
    at.toggle(key="archived").set_value(True)
    shell.run()
    assert "30 texts labelled" in shell.words()


def test_a_new_session_says_what_to_do_on_every_tab(shell, begin):
    words = every_tab(shell, begin())
    for hint in ("with the first model", "Nobody has labelled yet", "Nothing is disputed", "No label yet"):
        assert hint in words


def test_without_a_session_the_page_is_the_list(shell):
    assert shell.open("session").title[0].value == "Label"


def test_an_unknown_session_gets_one_sentence(shell):
    at = shell.open("session", session="nope")
    assert [each.value for each in at.error] == ["There is no labelling session nope\\."]


def test_two_people_are_compared(shell, labelled):
    at = shell.open("session", session=labelled, show="People")
    found = metrics(at)
    assert found["Labels"] == "60" and found["Accuracy"] == "Not yet" and found["Advice"] == "Too early"
    assert found["Agreement"] == "0.87"
    table = at.dataframe[0].value
    assert table["Name"].tolist() == ["Ann", "Ben *the* bold"]
    assert (table["Labels"].tolist(), table["Flags"].tolist()) == ([30, 30], [1, 0])
    assert at.dataframe[1].value["Measure"].tolist()[0] == "Krippendorff's alpha"


def test_a_dispute_is_decided_once_and_the_decision_undone(shell, bench, labelled):
    at = shell.open("session", session=labelled, show="Disagreements")
    assert "2 texts to decide, 0 decided" in shell.words()
    button = at.button(key="decide-0-1")
    button.click()
    shell.run()
    assert "1 text to decide, 1 decided" in shell.words()
    # It stays in its place, and the class that was chosen cannot be chosen again.
    assert at.button(key="decide-0-1").disabled and not at.button(key="decide-0-0").disabled
    decided = [each for each in events.history(bench.store, labelled, ME) if each.kind == "decide"]
    assert [(each.item, each.label) for each in decided] == [(0, 1)]
    shell.click("undo-decision")
    assert "2 texts to decide, 0 decided" in shell.words()
    shell.click("decide-0-1")
    assert "1 text to decide, 1 decided" in shell.words()
    shell.open("session", session=labelled, show="Disagreements", decided="true")
    assert "1 text to decide, 1 decided" in shell.words()


def test_a_button_clicked_twice_is_one_word(bench, labelled):
    now = look(labelled)
    for _ in range(2):
        bench.labelling.decide(labelled, 0, ME, 1, _uuid(now, 0, 1, ME))
    assert len(events.history(bench.store, labelled, ME)) == 1
    assert _uuid(look(labelled), 0, 1, ME) != _uuid(now, 0, 1, ME)


def test_a_session_with_models_shows_what_it_is_worth(shell, bench, labelled, begin, say, model):
    told = {"labels": 40, "texts": 30, "asked": 0.84, "random": 0.8}
    model(labelled, 1, paying=told | {"difference": 0.04, "low": 0.01, "high": 0.07})
    at = shell.open("session", session=labelled)
    assert "Yes. From 40 labels that were asked for" in shell.words()
    assert "+4.0 points (95%: +1.0 to +7.0)" in shell.words()
    keys = {each.key for each in at.get("download_button")}
    assert {"estimated-accuracy-csv", "paying-csv", "class-shares-csv", "stopping-criteria-csv"} <= keys
    assert metrics(at)["Accuracy"].endswith("%")
    model(labelled, 2, paying=None, too_slow=True)
    shell.open("session", session=labelled)
    assert "Not measured" in shell.words()
    three = begin(("no", "yes", "maybe"))
    for item in range(30):
        say(three, item, "Ann", item % 3)
    model(three, 1, classes=3)
    shell.open("session", session=three)
    assert "more random label" in shell.words()


def test_a_doubted_label_is_kept_or_changed(shell, bench, labelled, model):
    suspects = [{"item": item, "given": item % 2, "likely": 1 - item % 2, "margin": 0.9} for item in (4, 5)]
    model(labelled, 1, second_look={"suspects": suspects, "noise": 0.1, "labels": 30})
    at = shell.open("session", session=labelled, show="Second look")
    assert "2 labels that the model" in shell.words()
    assert "Flagged by Ann: **odd** one" in shell.words()
    assert at.button(key="suspect-4-0").label == "Keep no"
    shell.click("suspect-4-0")
    shell.click("suspect-5-0")
    assert {
        each.item: each.decision for each in bench.labelling.opinions(labelled) if each.item in (4, 5)
    } == {
        4: 0,
        5: 0,
    }


def test_labels_are_listed_and_found(shell, labelled):
    at = shell.open("session", session=labelled, show="Labels")
    assert "28 texts with a label that counts; people are divided on 2 more" in shell.words()
    assert len(at.dataframe[0].value) == 20
    at.text_input(key="label-search").set_value("TEXT 29")
    shell.run()
    assert len(at.dataframe[0].value) == 1


def test_texts_are_added_asked_about_and_told_apart(shell, bench, begin, say):
    session_id = begin(overlap=1)
    say(session_id, 0, "Ann", 0)
    at = shell.open("session", session=session_id, show="Labels")
    assert "sent here" not in shell.words() and "Sent by" not in at.dataframe[0].value.columns[:5]
    shell.click("add-texts")
    assert "write a text first" in at.toast[0].value
    lines = f"  {HOSTILE}\n\nA second one\na SECOND one\n{HOSTILE} text 3"
    at.text_area(key="added-lines").set_value(lines)
    shell.run()
    shell.click("add-texts")
    assert at.toast[0].value == "2 texts added, 2 here already\\."
    assert at.text_area(key="added-lines").value == ""
    assert "2 texts sent here, 2 to label" in shell.words()
    session = bench.labelling.session(session_id)
    assert [each.item for each in bench.labelling.offered(session, "Ann")][:2] == [TEXTS, TEXTS + 1]
    assert [each.added_by for each in bench.labelling.added(session_id)] == [ME] * 2
    say(session_id, TEXTS, "Ann", 1)
    at = shell.run()
    assert "2 texts sent here, 1 to label" in shell.words()
    table = at.dataframe[0].value
    assert table["Text"].tolist() == [f"{HOSTILE} text 0", HOSTILE]
    assert table["Sent by"].tolist() == ["", ME]
    at.toggle(key="sent-only").set_value(True)
    shell.run()
    assert at.dataframe[0].value["Text"].tolist() == [HOSTILE]
    assert "1 text found" in shell.words()


def test_what_cannot_be_added_gets_one_sentence_and_stays(shell, bench, begin):
    session_id = begin()
    at = shell.open("session", session=session_id, show="Labels")
    at.text_area(key="added-lines").set_value("fine\nhalf \0 one")
    shell.run()
    shell.click("add-texts")
    assert "cannot be kept" in at.toast[0].value and not bench.labelling.added(session_id)
    assert at.text_area(key="added-lines").value.startswith("fine")
    bench.labelling.archive(session_id)
    shell.open("session", session=session_id, show="Labels")
    assert not [each for each in at.button if each.key == "add-texts"]


def test_a_clone_has_the_texts_that_were_sent(bench, begin):
    session_id = begin()
    one = bench.labelling.add_text(session_id, str(uuid.uuid4()), "One", "Eve", {"model": "m"})
    assert (one.item, one.new) == (TEXTS, True)
    made = bench.labelling.clone(session_id, "Another")
    (found,) = bench.labelling.added(made)
    assert (found.item, found.text, found.added_by, found.origin) == (TEXTS, "One", "Eve", {"model": "m"})
    for each in (session_id, made):
        session = bench.labelling.session(each)
        assert bench.labelling.text(session, TEXTS) == "One"
        assert bench.labelling.progress(session).texts == TEXTS + 1


def test_the_corpus_own_labels_come_in_once(shell, bench, begin):
    session_id = begin()
    shell.open("session", session=session_id, show="Labels")
    for _ in range(2):
        shell.click("import-own")
        assert bench.labelling.progress(bench.labelling.session(session_id)).answers == TEXTS - 10


def test_labels_of_a_file_come_in(shell, bench, begin):
    session_id = begin()
    at = shell.open("session", session=session_id, show="Labels")
    rows = "".join(f'"{HOSTILE} text {i}",yes,Eve\n' for i in range(TEXTS)) + "not there,yes,Eve\n"
    at.get("file_uploader")[0].set_value(("in.csv", f"text,label,annotator\n{rows}".encode(), "text/csv"))
    shell.run()
    assert "60 labels of 61 rows can be brought in" in shell.words()
    shell.click("import")
    assert bench.labelling.people(session_id, bench.labelling.opinions(session_id))["annotator"][0] == "Eve"


def test_settings_stand_in_words_with_the_colours_that_were_chosen(shell, begin):
    from al_core.config import Component

    classes, colors = (f"no {HOSTILE}", "yes"), ("#112233", "#ABCDEF")
    model = Component(name="logistic", params={"balanced": True})
    session_id = begin(classes, colors=colors, classifier=model, lease_seconds=120, skipped="nobody")
    at = shell.open("session", session=session_id, show="Guidelines and settings")
    assert not at.json
    (chips,) = (each.proto.body for each in at.get("html"))
    assert all(color in chips for color in colors) and "<script" not in chips and "&lt;script" in chips
    told = dict(at.dataframe[0].value.itertuples(index=False, name=None))
    assert told["Query strategy"] == "Auto" and told["Random texts"] == "20%"
    assert told["Model"].startswith("Logistic regression (") and told["Model"].endswith(": on)")
    assert (told["Validation set"], told["New model after"]) == (
        "10 texts, labelled along the way",
        "10 labels",
    )
    assert (told["A text is kept for"], told["Skipped texts"]) == ("2 min", "offered to nobody else")


def test_guidelines_get_versions(shell, bench, labelled):
    at = shell.open("session", session=labelled, show="Guidelines and settings")
    for text in ("First *words*.", "Second words."):
        at.text_area(key=f"guidelines-{labelled}-{len(bench.labelling.guidelines(labelled))}").set_value(text)
        shell.run()
        shell.click("save-guidelines")
    assert [each.text for each in bench.labelling.guidelines(labelled)] == ["Second words.", "First *words*."]
    assert "First *words*." in [each.value for each in at.text]


def test_a_failed_trainer_says_why_and_can_be_asked_again(shell, bench, labelled):
    assert trainers.own(bench.store, labelled, process.this())
    known = bench.labelling.trainer(labelled)
    assert known and trainers.fail(bench.store, known, "The *disk* is full.")
    at = shell.open("session", session=labelled)
    assert "labelling goes on. The \\*disk\\* is full\\." in at.error[0].value
    shell.click(f"Try again-{labelled}")
    known = bench.labelling.trainer(labelled)
    assert known and (known.asked, known.failures) == (1, 0)


def test_a_trainer_at_work_says_what_it_does(shell, bench, labelled):
    assert trainers.own(bench.store, labelled, process.this())
    told = {"detail": "Fitting a model to 120 labels", "fraction": 0.0}
    assert trainers.heartbeat(bench.store, labelled, process.this(), told)
    shell.open("session", session=labelled)
    assert "Fitting a model to 120 labels" in shell.words()


def test_pause_archive_and_back(shell, bench, labelled):
    shell.open("session", session=labelled)
    at = shell.click(f"Pause-{labelled}")
    assert at.button(key=f"Label-{labelled}").disabled and "No text is handed out" in shell.words()
    shell.click(f"Resume-{labelled}")
    assert bench.labelling.session(labelled).state == "active"
    at = shell.click(f"Archive-{labelled}")
    assert [each.label for each in at.button][:1] == ["Restore"]
    every_tab(shell, labelled)
    shell.open("session", session=labelled)
    shell.click(f"Restore-{labelled}")
    assert bench.labelling.session(labelled).state == "paused"


def test_a_clone_has_no_labels_and_is_one(shell, bench, labelled):
    shell.open("session", session=labelled)
    at = shell.click(f"Clone-{labelled}")
    copies = [each for each in bench.labelling.sessions() if each.id != labelled]
    assert [each.name for each in copies] == ["My session (copy)"]
    assert at.title[0].value == "My session \\(copy\\)" and metrics(at)["Labels"] == "0"


def test_texts_stand_as_they_are_and_never_in_markdown(shell, labelled, model):
    suspects = [{"item": 4, "given": 0, "likely": 1, "margin": 0.9}]
    model(labelled, 1, second_look={"suspects": suspects, "noise": 0.1, "labels": 30})
    for tab in TABS:
        at = shell.open("session", session=labelled, show=tab)
        if tab in ("Disagreements", "Second look"):
            assert any(each.value.startswith(HOSTILE) for each in at.text)
        markdown = [each.value for part in (at.markdown, at.caption, at.error, at.subheader) for each in part]
        assert not any("<script>" in each or "Ben *the*" in each for each in markdown)


VISIT = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
from al_core.worker import reaper

reaper.tend = lambda store: None
at = AppTest.from_file(Path("pages/shell.py").resolve(), default_timeout=60)
at.switch_page(str(Path("pages/label.py").resolve())).run()
at.button(key="try-demo").click().run()
at.button(key="begin").click().run()
assert at.title and not at.exception
session_id = at.query_params["session"]
for tab in sys.argv[1:]:
    at.switch_page(str(Path("pages/session.py").resolve()))
    at.query_params.clear()
    at.query_params.update({"session": session_id, "show": tab})
    at.run()
    assert at.title and not at.exception, at.exception
heavy = {"tensorflow", "keras", "jax", "torch", "tensorflow_datasets"} & set(sys.modules)
assert not heavy, heavy
print("clean")
"""


def test_the_page_process_imports_no_training_framework(home: Path):
    done = subprocess.run(
        [sys.executable, "-c", VISIT, *TABS],
        cwd=ROOT,
        env=os.environ | {"AL_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("clean")


def test_an_oracle_labels_where_the_corpus_has_labels(shell, bench, begin, monkeypatch):
    started = []
    monkeypatch.setattr(starter, "start_simulating", lambda store, *given: started.append(given))
    session_id = begin()
    shell.open("session", session=session_id, show="Guidelines and settings")
    at = shell.at
    at.number_input(key="simulated-labels").set_value(7)
    shell.click("simulate")
    assert started == [(session_id, 7, 0.3)]
    bench.labelling.pause(session_id)
    shell.run()
    assert at.button(key="simulate").disabled


def test_the_charts_of_use_are_those_of_its_newest_model_and_labels(shell, bench, begin, say, model):
    session_id = begin(overlap=1)
    drawn = sessions.validation(bench.store, bench.labelling.session(session_id)).tolist()
    for item in drawn:
        say(session_id, item, "Ann", item % 2)
    shares = np.linspace(0.05, 0.95, TEXTS, dtype=np.float32)

    def specs(version: int, positive: np.ndarray) -> list[str]:
        np.save(
            paths.labelling(session_id) / f"predictions-{version}.npy", np.stack([1 - positive, positive], 1)
        )
        at = shell.open("session", session=session_id, show="Use", threshold="0.500")
        assert f"Model {version}, measured on 10 random labels" in shell.words()
        return [chart.proto.spec for chart in at.get("plotly_chart")]

    model(session_id, 1)
    first = specs(1, shares)
    assert len(first) == 4 and specs(1, shares) == first
    model(session_id, 2)
    second = specs(2, shares[::-1].copy())
    assert all(one != other for one, other in zip(first, second, strict=True))
    for item in drawn:
        say(session_id, item, "Ann", 1 - item % 2)
    third = specs(2, shares[::-1].copy())
    assert all(one != other for one, other in zip(second, third, strict=True))


def test_a_session_s_model_is_held_against_criteria(shell, begin, say, bench, model):
    session_id = begin(overlap=1)
    for item in sessions.validation(bench.store, bench.labelling.session(session_id)).tolist():
        say(session_id, item, "Ann", item % 2)
    model(session_id, 1)
    positive = np.where(np.arange(TEXTS) % 2 == 1, 0.9, 0.2).astype(np.float32)
    np.save(paths.labelling(session_id) / "predictions-1.npy", np.stack([1 - positive, positive], 1))
    at = shell.open("session", session=session_id, show="Use", **{"accuracy-at-least": "0.9"})
    assert "Model 1 meets your criteria" in shell.words()
    assert "Positive class: yes. False negative: yes taken for no." in shell.words()
    at.number_input(key="fn-rate-at-most").set_value(0.5)
    at.toggle(key=f"cheapest-{session_id}").set_value(False)
    shell.run()
    at.slider(key=f"threshold-{session_id}").set_value(0.95)
    shell.run()
    assert "Model 1 does not meet your criteria" in shell.words()
    assert "✗ FN rate at most 50.0%: 100.0%" in shell.words()
    assert at.query_params["threshold"] == "0.950"
