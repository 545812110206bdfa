"""The process: a socket, a token where others can reach it, and an end that leaves nobody without answer."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from al_core.deploy.serve.answering import Answering, Limits
from al_core.deploy.serve.app import application
from al_core.deploy.serve.batching import Batcher
from al_core.deploy.serve.counting import Counts
from al_core.errors import BadInput

CONNECTIONS = 500
"""Below the usual limit of 1,024 open files."""
IDLE = 30
"""Seconds that a connection may rest between two requests."""
SWITCH = 0.0005
"""Seconds until a thread that computes lets another one in. With Python's 5 ms every step of a request
waits that long for the model thread."""


def serve(
    model: Answering,
    host: str,
    port: int,
    token: str | None,
    say: Callable[[str], None],
    limits: Limits | None = None,
) -> None:
    """Answer until SIGTERM or SIGINT, then finish the requests in progress.

    `port` 0: any that is free. `token` None: none is needed on this machine, and one is made elsewhere;
    `say` tells it, and the address. Raises `BadInput` if the address cannot be had.
    """
    limits = limits or Limits()
    token = _token(host, token, say)
    listener = _listener(host, port)
    counts = Counts()
    model.predict_proba(["The first answer takes longest."])
    batcher = Batcher(model.predict_proba, limits, counts)
    config = uvicorn.Config(
        application(model, batcher, counts, limits, token),
        http=_protocol(limits.seconds),
        ws="none",
        lifespan="off",
        access_log=False,
        log_level=logging.WARNING,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=limits.stop,
    )
    server = uvicorn.Server(config)
    for each in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again at its end; then this remains
        signal.signal(each, server.handle_exit)
    sys.setswitchinterval(SWITCH)
    at = listener.getsockname()
    shown = f"[{at[0]}]" if ":" in at[0] else at[0]
    name = " ".join(filter(None, (str(model.about.get(key, "")) for key in ("name", "version"))))
    say(f"Serving {name or 'a model'} on http://{shown}:{at[1]} (see /docs there). Ctrl+C stops it.")
    try:
        server.run(sockets=[listener])
    finally:
        batcher.close()
    say("Stopped.")


def _token(host: str, token: str | None, say: Callable[[str], None]) -> str | None:
    if token is not None:
        if not token.isascii() or not token.isprintable() or not token or " " in token:
            raise BadInput("The token may hold only ASCII characters without spaces, and at least one.")
        return token
    if _only_here(host):
        return None
    made = secrets.token_urlsafe(24)
    say(f"Token: {made}")
    return made


def _only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listener(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise BadInput(f"Port {port} does not exist: choose one from 1 to 65,535, or 0 for any free one.")
    if not host:
        raise BadInput("The host is empty: give an address, 0.0.0.0 for all of this machine.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=CONNECTIONS)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "no such address"
        raise BadInput(f"{host}:{port} cannot be had ({why}): choose another port or host.") from None
    # asyncio sends at once (TCP_NODELAY) only where the socket says that it is TCP; else answers take 40 ms.
    return socket.socket(made.family, made.type, socket.IPPROTO_TCP, fileno=made.detach())


def _protocol(seconds: float) -> type[H11Protocol]:
    """Return uvicorn's protocol, with a limit on how long the head of a request may take.

    What is left of a body after its answer (too large, say) is thrown away for as long, too.
    """

    class Protocol(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self._unwatch()

        def _watch(self) -> None:
            if self.cycle is not None and not self.cycle.response_complete:
                self._unwatch()
            elif self._deadline is None:
                self._deadline = self.loop.call_later(seconds, self.transport.close)

        def _unwatch(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return Protocol
