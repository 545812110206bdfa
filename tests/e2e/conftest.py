"""A real server with a store of its own, and a real browser. Without Chromium: skipped, in CI failed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from al_core.workbench import Workbench

ROOT = Path(__file__).parents[2]
expect.set_options(timeout=60_000)  # the tests share two cores with others
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Server:
    url: str
    home: Path
    log: Path
    started: float
    """When its process was started, on the monotonic clock."""

    def bench(self) -> Workbench:
        """Return a look at the server's store."""
        return Workbench(f"sqlite:///{self.home / 'workbench.sqlite'}")


@dataclass
class Watched:
    """A page of the browser, and everything that went wrong in it."""

    page: Page
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"uncaught: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit's client asks /page/_stcore/... first, and finds out where its root is.
        probe = "/_stcore/" in str(message.location.get("url", ""))
        if message.type == "error" and not probe:
            self.wrong.append(f"{message.text} ({message.location.get('url')})")


def missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI runs the browser tests: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        except Error as error:
            missing(f"no Chromium that starts ({str(error).splitlines()[0]})")
            return
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"AL_HOME": str(folder / "home")}
    environment.pop("AL_STORE_URL", None)
    started = time.monotonic()
    # Started from elsewhere: the app must find its own modules and settings.
    command = ["-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--server.port", str(port)],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    made = Server(f"http://127.0.0.1:{port}", folder / "home", folder / "server.log", started)
    try:
        _wait(made, process)
        yield made
    finally:
        bench = made.bench()
        for run in bench.runs(limit=100, states=("queued", "starting", "running")).runs:
            bench.cancel(run.id)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    while time.monotonic() < server.started + 120:
        assert process.poll() is None, server.log.read_text()
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(server.log.read_text())


@pytest.fixture
def watched(chromium: Browser, server: Server) -> Iterator[Watched]:
    """Give a page of a fresh browser context; at the end, neither it nor the server has complained."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, base_url=server.url)
    context.set_default_timeout(60_000)
    seen = Watched(context.new_page())
    yield seen
    context.close()
    assert not seen.wrong
    log = server.log.read_text()
    assert "Traceback" not in log, log[-3000:]
