"""The server as a process: sockets, slow and huge clients, signals, the command line."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leaving import ODD, fitted, leave, toy
from stand_in import StandIn

from al_core.__main__ import main
from al_core.config import Component
from al_core.deploy import reader
from al_core.deploy.serve.server import serve
from al_core.errors import BadInput

SECONDS = 0.6
"""How long clients may take here."""


@dataclass(slots=True)
class Process:
    """A server and what it said."""

    process: subprocess.Popen[str]
    port: int
    said: list[str]

    def post(self, body: Any, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"} | (headers or {}))
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        status = self.process.wait(15)
        assert self.process.stderr is not None
        self.said += self.process.stderr.read().splitlines()
        return status


@contextlib.contextmanager
def running(*words: str) -> Iterator[Process]:
    """Run a command that serves; yield once it says where."""
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, *words], stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": root}
    )
    said: list[str] = []
    assert process.stderr is not None
    try:
        for line in process.stderr:
            said.append(line.strip())
            if "Serving" in line:
                break
        else:
            pytest.fail("\n".join(said))
        yield Process(process, int(said[-1].split("127.0.0.1:")[1].split()[0]), said)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Process]:
    with running(str(Path(__file__).parent / "stand_in.py"), str(SECONDS)) as found:
        yield found


def head(size: str = "Content-Length: 5") -> bytes:
    return f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{size}\r\n\r\n".encode()


def test_it_answers_and_keeps_the_connection(server: Process) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    for second in (0.125, 0.5):
        connection.request(
            "POST", "/predict", f'{{"text": "{second}"}}', {"Content-Type": "application/json"}
        )
        answer = json.loads(connection.getresponse().read())
        assert answer["answers"][0]["probabilities"]["yes"] == second
    connection.close()


@pytest.mark.alone
def test_answers_leave_at_once(server: Process) -> None:
    """Without TCP_NODELAY each answer on a kept connection would wait 40 ms for the client."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)
    taken = []
    for _ in range(30):
        began = time.monotonic()
        connection.request("GET", "/health")
        connection.getresponse().read()
        taken.append(time.monotonic() - began)
    connection.close()
    assert sorted(taken)[5] < 0.03  # the quickest: others wait for other work


def test_a_huge_body_is_refused_and_the_client_hears_it(server: Process) -> None:
    status, found = server.post(b" " * 12_000_000)
    assert status == 413 and "1,048,576" in found["detail"]
    status, found = server.post(b" " * 65536 for _ in range(100))  # chunked: nothing says how long it is
    assert status == 413


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", b""),
        (b"POST /predict HTTP/1.1\r\nHost: x\r\nX-Slow: ", b""),
        (head() + b'"a', b"408"),
        (head("Transfer-Encoding: chunked") + b"1\r\n", b"408"),
        (b"\x16\x03\x01\x02\x00 this is no HTTP\r\n\r\n", b"400"),
    ],
    ids=["nothing", "head", "body", "chunk", "tls"],
)
def test_who_takes_too_long_is_let_go(server: Process, sent: bytes, words: bytes) -> None:
    began = time.monotonic()
    with server.socket() as connection:
        connection.sendall(sent)
        heard = b""
        while part := connection.recv(4096):
            heard += part
    assert words in heard and (words or not heard)
    assert time.monotonic() - began < SECONDS + 5


def test_a_client_that_drips_is_let_go_too(server: Process) -> None:
    """Each byte comes in time, the whole does not."""
    with server.socket() as connection, pytest.raises(OSError):
        for each in head()[:-2]:
            connection.sendall(bytes([each]))
            time.sleep(SECONDS / 20)


def test_slow_clients_keep_nobody_waiting() -> None:
    with running(str(Path(__file__).parent / "stand_in.py"), "20") as found:
        slow = [found.socket() for _ in range(20)]
        for connection in slow:
            connection.sendall(head() + b'"')
        began = time.monotonic()
        assert found.post('{"text": "1"}')[0] == 200
        assert time.monotonic() - began < 10
        for connection in slow:
            connection.close()


def test_a_token_is_demanded_and_ctrl_c_is_no_failure() -> None:
    with running(str(Path(__file__).parent / "stand_in.py"), "5", "s3cret") as guarded:
        assert guarded.post('{"text": "1"}')[0] == 401
        assert guarded.post('{"text": "1"}', {"Authorization": "Bearer s3cret"})[0] == 200
        assert guarded.stop(signal.SIGINT) == 0


def test_requests_in_progress_are_answered_when_it_stops() -> None:
    with running(str(Path(__file__).parent / "stand_in.py"), "5") as found:
        with ThreadPoolExecutor(4) as pool:
            first = pool.submit(found.post, '{"text": "slow"}')
            time.sleep(0.3)  # the model has it
            waiting = [pool.submit(found.post, '{"texts": ["slow", "0.5"]}') for _ in range(2)]
            uploading = found.socket()
            body = b'{"text": "0.75"}'
            uploading.sendall(head(f"Content-Length: {len(body)}") + body[:5])
            idle = found.socket()
            time.sleep(0.3)
            os.kill(found.process.pid, signal.SIGTERM)
            time.sleep(0.3)
            uploading.sendall(body[5:])
            heard = b""
            while part := uploading.recv(4096):
                heard += part
            assert b"200 OK" in heard and b'"yes":0.75' in heard
            assert [each.result()[0] for each in (first, *waiting)] == [200, 200, 200]
            uploading.close()
            idle.close()
        assert found.stop() == 0
    assert found.said[-1] == "Stopped." and not any("Traceback" in line for line in found.said)
    with pytest.raises(OSError):
        found.socket()


def test_the_log_is_calm() -> None:
    with running(str(Path(__file__).parent / "stand_in.py"), "5") as found:
        for body in ('{"text": "1"}', "{", '{"text": 1}'):
            found.post(body)
        assert found.stop() == 0
    assert len(found.said) == 2


# Where it listens, and what it demands there


def spoken(host: str, port: int, token: str | None) -> tuple[list[str], str]:
    """Try to serve; return what was said, and the error."""
    said: list[str] = []
    with pytest.raises(BadInput) as caught:
        serve(StandIn(), host, port, token, said.append)
    return said, str(caught.value)


@pytest.mark.parametrize(
    ("host", "token", "told"), [("0.0.0.0", None, 1), ("0.0.0.0", "mine", 0), ("127.0.0.1", None, 0)]
)
def test_beyond_this_machine_a_token_is_made_and_told(host: str, token: str | None, told: int) -> None:
    with socket.create_server((host, 0)) as taken:
        port = taken.getsockname()[1]
        said, error = spoken(host, port, token)
    assert f"{host}:{port} cannot be had" in error
    assert len(said) == told and all(re.fullmatch(r"Token: \S{30,}", line) for line in said)


@pytest.mark.parametrize(
    ("host", "port", "token", "words"),
    [
        ("127.0.0.1", 70000, None, "Port 70000 does not exist"),
        ("", 8000, "x", "host is empty"),
        ("no.such.host.invalid", 8000, "x", "cannot be had"),
        ("..", 8000, "x", "cannot be had"),
        ("127.0.0.1", 0, "", "ASCII characters"),
        ("127.0.0.1", 0, "a b", "ASCII characters"),
        ("127.0.0.1", 0, "é", "ASCII characters"),
    ],
)
def test_bad_settings_are_one_sentence(host: str, port: int, token: str | None, words: str) -> None:
    assert words in spoken(host, port, token)[1]


def test_the_command_serves_an_export(tmp_path: Path, monkeypatch: Any) -> None:
    """The token comes from the environment; answers are those of the export itself."""
    source, _ = fitted(tmp_path, Component(name="logistic"), Component(name="tfidf"), toy())
    folder = leave(tmp_path / "export", source)
    monkeypatch.setenv("AL_SERVE_TOKEN", "s3cret")
    texts = ["good", "bad w1", *ODD[:-1]]
    with running("-m", "al_core", "serve", str(folder), "--port", "0") as found:
        assert found.post('{"text": "good"}')[0] == 401
        status, answer = found.post(json.dumps({"texts": texts}), {"Authorization": "Bearer s3cret"})
        assert found.stop() == 0
    assert status == 200
    model = reader.load(folder)
    expected = model.predict_proba(texts)
    got = [list(each["probabilities"].values()) for each in answer["answers"]]
    np.testing.assert_allclose(got, expected, atol=1e-12)
    assert [each["class"] for each in answer["answers"]] == model.decide(expected)


def test_the_command_needs_an_exported_model(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "model.json").write_text("{")
    for what, words in (
        (tmp_path / "none", "no folder of an exported model"),
        (tmp_path / "damaged", "damaged"),
    ):
        assert main(["serve", str(what)]) == 2
        error = capsys.readouterr().err.strip()
        assert words in error and "\n" not in error
