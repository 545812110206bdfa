"""The command `serve`: put a model behind HTTP."""

from __future__ import annotations

import os
import sys

from al_core import devices
from al_core.errors import BadInput, Unavailable


def serve(what: str, host: str, port: int, token: str | None) -> int:
    """Answer until told to stop; return the exit status. Raises `BadInput` or `Unavailable`."""
    from al_core.deploy import reader
    from al_core.deploy.locating import located
    from al_core.deploy.serve.server import serve as answer

    devices.setup()
    found = located(what, lambda words, share: _say(f"{words} ({share:.0%})"), _say)
    try:
        model = reader.load(found.folder)
    except reader.Damaged as error:
        raise BadInput(str(error)) from error
    except reader.Missing as error:
        raise Unavailable(str(error)) from error
    if token is None:
        token = os.environ.get("AL_SERVE_TOKEN") or None
    answer(model, host, port, token, _say)
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
