"""What every request passes: the token, a limit on how many there are, and the counting."""

from __future__ import annotations

import hmac
import time

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from al_core.deploy.serve.answering import Limits
from al_core.deploy.serve.counting import Counts

PATHS = ("/predict", "/model", "/health", "/metrics", "/openapi.json", "/docs", "/")
OPEN = ("/health", "/docs", "/")
"""Paths that need no token. The page in /docs says nothing of the model; what it asks for needs one."""
ALWAYS = ("/health", "/metrics")
"""Paths that a busy server answers too, to say that it is."""


class Gate:
    """An ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, counts: Counts, limits: Limits, token: str | None) -> None:
        self._app = app
        self._counts = counts
        self._limits = limits
        self._token = None if token is None else token.encode()
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what may not pass, hand on the rest, and count both."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._active += 1
        try:
            await (self._refusal(scope) or self._app)(scope, receive, noted)
        finally:
            self._active -= 1
            path = scope["path"] if scope["path"] in PATHS else "other"
            self._counts.request(path, status, time.perf_counter() - began)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        if self._token is not None and scope["path"] not in OPEN and not self._known(scope):
            sentence = "The token is missing or wrong: send Authorization: Bearer TOKEN."
            return _answer(401, sentence, {"WWW-Authenticate": "Bearer"})
        if self._active > self._limits.requests and scope["path"] not in ALWAYS:
            sentence = "The server is busy with other requests: try again in 1 s."
            return _answer(503, sentence, {"Retry-After": "1"})
        return None

    def _known(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) != 1 or self._token is None:
            return False
        scheme, _, token = given[0].partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


def _answer(status: int, sentence: str, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status, headers)
