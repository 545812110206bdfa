"""The network of one page: cut and mended, while other pages keep theirs."""

from __future__ import annotations

from playwright.sync_api import CDPSession, Page

AWAY = "fetch('/_stcore/health', {cache: 'no-store'}).then(() => false, () => true)"
SOCKETS = """
window.cut = false;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
    if (!window.cut) send.call(this, data);
};
"""
"""Chromium's own switch lets a socket that is open send on for a while."""


class Network:
    """What stands between a page and its server; made before the page goes anywhere."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)
        page.add_init_script(SOCKETS)

    def cut(self) -> None:
        """Cut it, and wait until the page feels that; what it sends from here on goes nowhere."""
        self._set(offline=True)
        while not self.page.evaluate(AWAY):
            self.page.wait_for_timeout(50)

    def mend(self) -> None:
        """Undo `cut`."""
        self._set(offline=False)

    def _set(self, offline: bool) -> None:
        self.page.evaluate("offline => { window.cut = offline; }", offline)
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.session.send("Network.emulateNetworkConditions", conditions)
