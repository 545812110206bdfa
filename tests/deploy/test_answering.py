"""A model asked through a process of its own, the words that weighed, and the nearest examples."""

import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from al_core.deploy import neighbours
from al_core.deploy.answering import Answerer
from al_core.deploy.neighbours import Neighbours
from al_core.deploy.weighing import PARTS, weighed
from al_core.errors import Unavailable
from al_core.features.word_stream import _WORD


def goodness(texts):
    """Stand for a model that counts "good" and "bad"."""
    score = np.array([0.5 + 0.1 * text.count("good") - 0.1 * text.count("bad") for text in texts])
    score = score.clip(0.01, 0.99)
    return np.column_stack([1 - score, score])


def test_the_words_that_weigh_are_found():
    text = "a good film, not bad 😀"
    parts = {text[part.start : part.end]: part.weight for part in weighed(goodness, text, 1)}
    assert parts["good"] == pytest.approx(0.1)
    assert parts["bad"] == pytest.approx(-0.1)
    assert parts["film"] == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这部电影 很好", ["这", "部", "电", "影", "很", "好"]),
        ("とてもgood", ["と", "て", "も", "good"]),
        ("I give it a 5", ["I", "give", "it", "a", "5"]),
        ("fun 😀😡 👍🏽❤️", ["fun", "😀", "😡", "👍🏽", "❤️"]),
        ("👨‍👩‍👧 in 🇫🇷", ["👨‍👩‍👧", "in", "🇫🇷"]),
        ("हिन्दी में cafe\u0301", ["हिन्दी", "में", "cafe\u0301"]),
    ],
)
def test_a_part_is_a_word_of_any_script(text, words):
    assert [text[part.start : part.end] for part in weighed(goodness, text, 1)] == words
    # What the features know of the text is left out somewhere.
    assert all(any(each in word for word in words) for each in _WORD.findall(text))


def test_a_long_text_is_cut_into_as_many_parts_as_may_be():
    asked = []

    def ask(texts):
        asked.extend(texts)
        return goodness(texts)

    text = " ".join(["word"] * 1000 + ["good"] + ["word"] * 1000)
    parts = weighed(ask, text, 1)
    assert len(parts) <= PARTS and len(asked) == len(parts) + 1
    strongest = max(parts, key=lambda part: part.weight)
    assert "good" in text[strongest.start : strongest.end]
    assert all(one.end <= two.start for one, two in itertools.pairwise(parts))


@pytest.mark.parametrize("text", ["", "   ", "!?…"])
def test_where_there_is_no_word_none_weighs(text):
    assert weighed(goodness, text, 1) == []


def test_the_nearest_come_first_and_strangers_not_at_all():
    found = Neighbours(["a warm film", "a cold film", "the stock market"], ["good", "bad", "odd"])
    near = found.of("such a warm and warm film")
    assert [each.text for each in near] == ["a warm film", "a cold film"]
    assert near[0].label == "good" and near[0].likeness > near[1].likeness
    assert found.of("zzz") == []
    assert Neighbours(["", " "], ["a", "b"]).of("x") == []


def test_what_was_learned_from_is_kept(tmp_path):
    assert neighbours.kept(tmp_path) is None
    neighbours.keep(tmp_path, np.array([3, 1]), np.array([0, 1]))
    rows, labels = neighbours.kept(tmp_path)
    assert rows.tolist() == [3, 1] and labels.tolist() == [0, 1]


def test_a_folder_that_is_no_model_is_said_in_a_sentence(tmp_path):
    model = Answerer(tmp_path)
    with pytest.raises(Unavailable, match=r"model\.json"):
        model.ask(["a"])
    model.close()


def test_a_model_answers_dies_and_answers_again(exported):
    model = Answerer(exported)
    texts = ["good film", "", "bad 😀", "line one\nline two"]
    first = model.ask(texts)
    assert first.shape == (4, 2) and np.allclose(first.sum(axis=1), 1)
    os.kill(model._child.pid, signal.SIGKILL)
    model._child.wait()
    np.testing.assert_array_equal(model.ask(texts), first)
    np.testing.assert_array_equal(model.ask(texts * 300)[:4], first)
    assert model.ask([]).shape[0] == 0
    child = psutil.Process(model._child.pid)
    model.close()
    assert not child.is_running()


def gone(pid):
    """Wait until a process has ended, whether or not somebody took note of it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_what_was_closed_starts_no_process(exported):
    model = Answerer(exported)
    model.close()
    with pytest.raises(Unavailable, match="Ask again"):
        model.ask(["a"])
    assert model._child is None


def test_closing_does_not_wait_for_an_answer(exported):
    model, told = Answerer(exported), []
    model.ask(["a"])
    child = model._child
    os.kill(child.pid, signal.SIGSTOP)

    def ask():
        try:
            model.ask(["b"])
        except Unavailable as error:
            told.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    until = time.monotonic() + 20
    while not model._asking.locked() and time.monotonic() < until:
        time.sleep(0.01)
    closing = threading.Thread(target=model.close, daemon=True)
    closing.start()
    closing.join(timeout=20)
    late = closing.is_alive()
    child.kill()
    asking.join(timeout=20)
    assert not late and "Ask again" in told[0]


def test_a_model_that_is_dropped_takes_its_process_with_it(exported):
    model = Answerer(exported)
    model.ask(["a"])
    pid = model._child.pid
    del model
    gc.collect()
    assert gone(pid)


def test_a_process_that_nobody_asks_ends_and_the_next_question_starts_another(exported):
    model = Answerer(exported, idle=0.3)
    first = model.ask(["good film"])
    child = model._child
    assert gone(child.pid)
    # As if it ended between the look at it and the question.
    looks = iter([None])
    child.poll = lambda: next(looks, child.returncode)
    np.testing.assert_array_equal(model.ask(["good film"]), first)
    assert model._child is not child and child.returncode == 0
    model.close()


def test_an_end_that_nobody_expected_says_why_in_the_log(exported, caplog):
    model = Answerer(exported)
    with pytest.raises(Unavailable, match=r"^The model's process ended before it answered; try again\.$"):
        model.ask([None])
    assert "ended with 1" in caplog.text and "AttributeError" in caplog.text
    assert model.ask(["a"]).shape == (1, 2)
    model.close()


def test_no_process_outlives_who_asked(exported):
    code = (
        "import sys; from pathlib import Path; from al_core.deploy.answering import Answerer\n"
        "model = Answerer(Path(sys.argv[1])); model.ask(['a']); print(model._child.pid, flush=True)\n"
        "import os; os._exit(0)"
    )
    told = subprocess.run([sys.executable, "-c", code, str(exported)], capture_output=True, text=True)
    pid, until = int(told.stdout), time.monotonic() + 20
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
