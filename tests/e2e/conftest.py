"""A real server with a store of its own, and a real browser. Without Chromium: skipped, in CI failed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright
from serving import serving

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
    home, log, started = folder / "home", folder / "server.log", time.monotonic()
    # Started from elsewhere: the app must find its own modules and settings.
    with serving(ROOT / "app.py", folder, log, AL_HOME=str(home)) as address:
        made = Server(address, home, log, started)
        yield made
        bench = made.bench()
        for run in bench.runs(limit=100, states=("queued", "starting", "running")).runs:
            bench.cancel(run.id)


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
