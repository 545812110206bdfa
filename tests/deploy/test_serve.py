"""The server without a network: what it answers, and what it makes of bad input."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from stand_in import StandIn
from starlette.testclient import TestClient

from al_core.deploy.serve.answering import Limits
from al_core.deploy.serve.app import application
from al_core.deploy.serve.batching import Batcher, Full, Stopping
from al_core.deploy.serve.counting import Counts
from al_core.errors import BadInput

JSON = {"Content-Type": "application/json"}
LIMITS = Limits(body=4000, texts=8, characters=100, batch=8, waiting=12, requests=40)


@dataclass(frozen=True, slots=True)
class Served:
    """A model behind an application."""

    model: StandIn
    app: FastAPI
    client: TestClient

    def ask(self, *texts: str) -> Any:
        return self.client.post("/predict", json={"texts": texts})


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    model, counts = StandIn(), Counts()
    batcher = Batcher(model.predict_proba, LIMITS, counts)
    app = application(model, batcher, counts, LIMITS, getattr(request, "param", None))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield Served(model, app, client)
    model.open.set()
    batcher.close()


def to_the_end(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: in this one, a browser of other tests may hold a loop that runs."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()


def test_one_text_and_many_get_answers_of_one_form(served: Served) -> None:
    one = served.client.post("/predict", json={"text": "0.25"})
    assert one.status_code == 200
    assert one.json() == {
        "model": {"name": "stand-in", "version": "3"},
        "answers": [{"class": "no", "probability": 0.75, "probabilities": {"no": 0.75, "yes": 0.25}}],
    }
    many = served.ask("0.25", "0.375", "1").json()["answers"]
    assert [answer["class"] for answer in many] == ["no", "yes", "yes"]
    assert [answer["probability"] for answer in many] == [0.75, 0.375, 1.0]


def test_the_other_addresses(served: Served) -> None:
    served.ask("0.5", "1")
    assert served.client.get("/health").json() == {"status": "ok"}
    facts = served.client.get("/model").json()
    assert facts["classes"] == ["no", "yes"] and facts["threshold"] == 0.3 and facts["version"] == "3"
    assert served.client.get("/").headers["location"] == "docs"
    paths = served.client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/predict", "/model", "/health", "/metrics"}


def test_facts_hold_nothing_that_json_cannot() -> None:
    model = StandIn(metrics={"ece": float("nan"), "list": [1.5, float("inf")]}, path=object)
    batcher = Batcher(model.predict_proba, LIMITS, Counts())
    about = TestClient(application(model, batcher, Counts())).get("/model").json()["about"]
    batcher.close()
    assert about["metrics"] == {"ece": None, "list": [1.5, None]}


def test_the_page_asks_nobody_else(served: Served) -> None:
    page = served.client.get("/docs")
    assert page.status_code == 200 and "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"https?://|src=|@import", page.text)


BAD = [
    (b"", 400, "is not JSON"),
    (b"{", 400, "line 1, column 2"),
    (b'{"text": "\xff"}', 400, "not UTF-8 at byte 10"),
    ('{"text": "hello"}'.encode("utf-16"), 400, "not UTF-8"),
    (b"[" * 3000, 400, "nested too deeply"),
    (b"[" + b"9" * 3900 + b".5e999999999]", 422, "another form"),
    (b"null", 422, "another form"),
    (b"[]", 422, "another form"),
    (b'"text"', 422, "another form"),
    (b"{}", 422, "another form"),
    (b'{"text": "a", "texts": ["b"]}', 422, "another form"),
    (b'{"text": "a", "more": 1}', 422, "another form"),
    (b'{"text": null}', 422, "text is null"),
    (b'{"text": 7}', 422, "text is a number"),
    (b'{"text": NaN}', 422, "text is a number"),
    (b'{"text": ["a"]}', 422, "text is a list"),
    (b'{"texts": "a"}', 422, "texts is a string"),
    (b'{"texts": {}}', 422, "texts is an object"),
    (b'{"texts": []}', 422, "texts is empty"),
    (b'{"texts": ["a", true]}', 422, "texts[1] is true or false"),
    (b'{"texts": ["a", ["b"]]}', 422, "texts[1] is a list"),
    (b'{"text": "\\ud800"}', 422, "surrogate"),
    (b'{"text": "' + b"a" * 101 + b'"}', 422, "101 characters"),
    (b'{"texts": ["", "' + b"a" * 101 + b'"]}', 422, "texts[1] has 101 characters"),
    (b'{"texts": ["a","a","a","a","a","a","a","a","a"]}', 422, "at most 8"),
    (b'{"text": "' + b"a" * 4000 + b'"}', 413, "at most 4,000 bytes"),
]


@pytest.mark.parametrize(("body", "status", "words"), BAD, ids=range(len(BAD)))
def test_a_bad_body_gets_one_sentence(served: Served, body: bytes, status: int, words: str) -> None:
    answer = served.client.post("/predict", content=body, headers=JSON)
    assert answer.status_code == status
    sentence = answer.json()["detail"]
    assert words in sentence and sentence.endswith(".") and "\n" not in sentence
    assert not served.model.batches


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "Content-Type: application/json"),
        ({"Content-Type": "text/plain"}, "Content-Type: application/json"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "Content-Type: application/json"),
        ({"Content-Type": "application/json; charset=latin-1"}, "another encoding"),
        (JSON | {"Content-Encoding": "gzip"}, "compressed"),
    ],
)
def test_another_kind_of_body_is_415(served: Served, headers: dict[str, str], words: str) -> None:
    answer = served.client.post("/predict", content=b'{"text": "a"}', headers=headers)
    assert answer.status_code == 415 and words in answer.json()["detail"]


def test_json_may_say_that_it_is_utf_8(served: Served) -> None:
    for body in ('{"text": "é"}'.encode(), '{"text": "é"}'.encode("utf-8-sig")):
        head = {"Content-Type": 'Application/JSON; charset="UTF-8"'}
        assert served.client.post("/predict", content=body, headers=head).status_code == 200


def test_a_body_without_a_declared_size_is_cut_while_it_comes(served: Served) -> None:
    taken = []

    def parts() -> Iterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield b" " * 1000

    answer = served.client.post("/predict", content=parts(), headers=JSON)
    assert answer.status_code == 413 and "4,000 bytes" in answer.json()["detail"]


def test_reading_stops_at_the_limit_and_when_the_client_is_slow_or_gone(served: Served) -> None:
    """On the ASGI level, where each part can be counted."""
    quick = Limits(body=4000, seconds=0.05)
    counts = Counts()
    batcher = Batcher(served.model.predict_proba, quick, counts)
    app = application(served.model, batcher, counts, quick)

    async def status(*parts: dict[str, Any]) -> tuple[int, int]:
        sent: list[dict[str, Any]] = []
        left = list(parts)

        async def receive() -> dict[str, Any]:
            if not left:
                await asyncio.sleep(5)
            return left.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        head = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/predict", "headers": head, "query_string": b""}
        await app(scope, receive, send)
        return sent[0]["status"], len(left)

    part = {"type": "http.request", "body": b" " * 1500, "more_body": True}
    assert to_the_end(status(*[part] * 9)) == (413, 6)
    assert to_the_end(status(part)) == (408, 0)
    assert to_the_end(status(part, {"type": "http.disconnect"})) == (400, 0)
    batcher.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/predict", 405),
        ("DELETE", "/model", 405),
        ("GET", "/nothing", 404),
        ("GET", "/docs/x", 404),
    ],
)
def test_other_addresses_and_methods(served: Served, method: str, path: str, status: int) -> None:
    answer = served.client.request(method, path)
    assert answer.status_code == status and "/docs" in answer.json()["detail"]


def test_a_fault_of_the_model_is_told_without_its_traceback(served: Served, caplog: Any) -> None:
    for text in ("poison", "nan"):
        answer = served.ask(text)
        assert answer.status_code == 500 and "secret" not in answer.text and "log" in answer.json()["detail"]
    assert "a secret of the server" in caplog.text  # the log has it
    answer = served.ask("unreadable")
    assert (answer.status_code, answer.json()["detail"]) == (422, "The model cannot read this.")
    assert served.ask("1").status_code == 200


# Batches


def held(limits: Limits, *requests: list[str], cancelled: int | None = None) -> tuple[list[Any], list[int]]:
    """Let requests come while the model is at work on another; return their outcomes and the batches."""
    model, counts = StandIn(), Counts()
    batcher = Batcher(model.predict_proba, limits, counts)

    async def all_of_them() -> list[Any]:
        model.open.clear()
        first = asyncio.create_task(batcher.ask(["1"]))
        while not model.batches:
            await asyncio.sleep(0.001)
        rest = [asyncio.create_task(batcher.ask(texts)) for texts in requests]
        await asyncio.sleep(0)
        if cancelled is not None:
            rest[cancelled].cancel()
            await asyncio.sleep(0)
        model.open.set()
        await first
        return await asyncio.gather(*rest, return_exceptions=True)

    outcomes = to_the_end(all_of_them())
    batcher.close()
    return outcomes, model.batches[1:]


def second(outcome: Any) -> Any:
    return outcome[:, 1].tolist() if isinstance(outcome, np.ndarray) else type(outcome)


def test_what_waits_is_answered_together_each_with_its_own() -> None:
    outcomes, batches = held(LIMITS, ["0.1"], ["0.2", "0.3"], ["0.4"])
    assert [second(each) for each in outcomes] == [[0.1], [0.2, 0.3], [0.4]]
    assert batches == [4]


def test_a_batch_has_a_limit_and_keeps_the_order() -> None:
    outcomes, batches = held(Limits(batch=4), ["0.1"] * 3, ["0.2"] * 2, ["0.3"] * 9, ["0.4"])
    assert batches == [3, 2, 9, 1]
    assert [second(each)[0] for each in outcomes] == [0.1, 0.2, 0.3, 0.4]


def test_a_poisonous_text_fails_its_own_request_only() -> None:
    outcomes, _ = held(LIMITS, ["0.1"], ["0.2", "poison"], ["0.3"], ["0.4"], ["unreadable"], ["nan"])
    kinds = [[0.1], RuntimeError, [0.3], [0.4], BadInput, ValueError]
    assert [second(each) for each in outcomes] == kinds


def test_a_full_queue_says_when_to_come_again() -> None:
    outcomes, batches = held(LIMITS, ["0.1"] * 8, ["0.2"] * 4, ["0.3"], ["0.4"])
    assert [isinstance(each, Full) for each in outcomes] == [False, False, True, True]
    assert outcomes[2].seconds >= 1 and sum(batches) == 12


def test_a_request_that_is_given_up_is_left_out() -> None:
    outcomes, batches = held(LIMITS, ["0.1"], ["0.2", "0.2"], ["0.3"], cancelled=1)
    assert isinstance(outcomes[1], asyncio.CancelledError) and batches == [2]


def test_the_end_answers_what_waits_and_takes_no_more() -> None:
    model = StandIn()
    batcher = Batcher(model.predict_proba, LIMITS, Counts())

    async def ending() -> list[Any]:
        model.open.clear()
        waiting = [asyncio.create_task(batcher.ask([f"0.{each}"])) for each in range(1, 5)]
        await asyncio.sleep(0)
        threading.Timer(0.05, model.open.set).start()
        await asyncio.to_thread(batcher.close)
        found = [second(each)[0] for each in await asyncio.gather(*waiting)]
        with pytest.raises(Stopping):
            await batcher.ask(["1"])
        return found

    assert to_the_end(ending()) == [0.1, 0.2, 0.3, 0.4] and not batcher.alive


def test_each_of_many_clients_gets_its_own_answers(served: Served) -> None:
    def ask(client: int) -> bool:
        rng = np.random.default_rng(client)
        for _ in range(15):
            mine = rng.random(rng.integers(1, 3)).round(6).tolist()
            answer = served.ask(*map(str, mine))
            if [each["probabilities"]["yes"] for each in answer.json()["answers"]] != mine:
                return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(ask, range(6)))


def test_a_busy_server_asks_to_come_again_and_still_says_that_it_lives(served: Served) -> None:
    served.model.open.clear()
    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(served.ask, "0.1", "0.2") for _ in range(20)]
        end = time.monotonic() + 5
        while metric(served, "al_serve_waiting_texts") < 12 and time.monotonic() < end:
            assert served.client.get("/health").status_code == 200
        served.model.open.set()
        answers = [each.result() for each in asked]
    assert {answer.status_code for answer in answers} == {200, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert int(refused.headers["retry-after"]) >= 1 and "try again" in refused.json()["detail"]


def metric(served: Served, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (.*)$", served.client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_metrics_count_requests_texts_batches_and_seconds(served: Served) -> None:
    served.ask("0.1", "0.2", "0.3")
    served.ask("0.1")
    served.ask()
    served.client.get("/a/path/that/nobody/knows")
    assert metric(served, 'al_serve_requests_total{path="/predict",status="200"}') == 2
    assert metric(served, 'al_serve_requests_total{path="/predict",status="422"}') == 1
    assert metric(served, 'al_serve_requests_total{path="other",status="404"}') == 1
    assert metric(served, "al_serve_texts_total") == 4
    assert metric(served, 'al_serve_batch_texts_bucket{le="2"}') == 1
    assert metric(served, 'al_serve_batch_texts_bucket{le="+Inf"}') == 2
    assert metric(served, "al_serve_batch_texts_sum") == 4
    assert metric(served, "al_serve_predict_seconds_count") == 3
    assert metric(served, "process_resident_memory_bytes") > 1e6


def test_names_of_models_are_escaped_in_metrics() -> None:
    text = Counts().prometheus(0, {"name": 'a "b"\\\n', "version": "1"})
    assert 'name="a \\"b\\"\\\\\\n"' in text


# The token


@pytest.mark.parametrize("served", ["s3cret"], indirect=True)
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer s3cretx",
        "Basic s3cret",
        "s3cret",
        "Bearer \xff",
    ],
)
def test_without_the_token_nothing_is_told(served: Served, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    for path in ("/model", "/metrics", "/openapi.json", "/predict", "/nothing"):
        answer = served.client.get(path, headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert "stand-in" not in answer.text
    assert served.client.get("/health").status_code == 200
    assert "stand-in" not in served.client.get("/docs").text


@pytest.mark.parametrize("served", ["s3cret"], indirect=True)
def test_with_the_token_all_is_open(served: Served) -> None:
    served.client.headers["Authorization"] = "bearer s3cret"
    assert served.ask("1").status_code == 200
    document = served.client.get("/openapi.json").json()
    assert document["paths"]["/predict"]["post"]["security"] == [{"token": []}]
    assert "security" not in document["paths"]["/health"]["get"]


# Anything at all


def test_what_the_document_allows_is_answered_and_the_rest_refused() -> None:
    """Every address with what its schema allows and with what it does not; no 5xx, all as documented."""
    limits = Limits(texts=4, characters=20)
    model, counts = StandIn(), Counts()
    batcher = Batcher(model.predict_proba, limits, counts)
    app = application(model, batcher, counts, limits)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    tried = set()
    for operation in schema.get_all_operations():
        tried.add(operation.ok().label)
        cases = operation.ok().as_strategy(generation_mode=GenerationMode.POSITIVE)
        wrong = operation.ok().as_strategy(generation_mode=GenerationMode.NEGATIVE)
        for each in (cases, wrong) if operation.ok().body else (cases,):

            @settings(max_examples=25, suppress_health_check=list(HealthCheck), database=None)
            @given(case=each)
            def one(case: schemathesis.Case) -> None:
                case.call_and_validate()

            one()
    batcher.close()
    assert tried == {"POST /predict", "GET /model", "GET /health", "GET /metrics"}


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
BODIES = st.one_of(
    ANY, st.fixed_dictionaries({"text": ANY}), st.fixed_dictionaries({"texts": st.lists(ANY, max_size=3)})
)


@settings(max_examples=200, suppress_health_check=list(HealthCheck), database=None)
@given(
    body=st.binary(max_size=60) | BODIES.map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from(["application/json", "application/json;charset", "text/html", ";;", ""]),
)
def test_no_body_makes_a_fault(served: Served, body: bytes, kind: str) -> None:
    answer = served.client.post("/predict", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (200, 400, 415, 422), answer.text
    assert ("detail" in answer.json()) == (answer.status_code != 200)


def test_serving_imports_no_network_library() -> None:
    code = (
        "import sys, al_core.deploy.serve.server, al_core.commands.serve\n"
        "sys.exit(bool({'tensorflow', 'keras', 'jax', 'torch', 'sklearn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
