"""From the body of a request to texts, or to one sentence on what is wrong with it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from al_core.deploy.serve.answering import Limits

FORM = '{"text": "..."} or {"texts": ["...", "..."]}'


async def texts_of(request: Request, limits: Limits) -> list[str]:
    """Return the texts of a request. Raises `HTTPException` with a sentence for the client.

    The size is checked while the body comes in, whatever its head says. Memory: one body.
    """
    _check_head(request)
    return texts_in(await _body(request, limits), limits)


def texts_in(body: bytes, limits: Limits) -> list[str]:
    """Return the texts of a body. Raises `HTTPException`: 400 if it is no JSON, 422 if no texts."""
    try:
        found: Any = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise HTTPException(
            400, f"The body is not UTF-8 at byte {error.start:,}: send JSON in UTF-8."
        ) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno:,}, column {error.colno:,}"
        raise HTTPException(400, f"The body is not JSON ({error.msg}, {place}): send {FORM}.") from None
    except RecursionError:
        raise HTTPException(400, f"The body is nested too deeply: send {FORM}.") from None
    except ValueError:
        raise HTTPException(400, f"The body holds a number of too many digits: send {FORM}.") from None
    if not isinstance(found, dict) or found.keys() not in ({"text"}, {"texts"}):
        raise HTTPException(422, f"The body is JSON of another form: send {FORM}.")
    if "text" in found:
        return [_checked(found["text"], "text", limits)]
    texts = found["texts"]
    if not isinstance(texts, list):
        raise HTTPException(422, f"texts is {_kind(texts)}: send a list of strings.")
    if not texts:
        raise HTTPException(422, "texts is empty: send one text or more.")
    if len(texts) > limits.texts:
        raise HTTPException(
            422, f"There are {len(texts):,} texts: send at most {limits.texts:,} in one request."
        )
    return [_checked(text, f"texts[{place}]", limits) for place, text in enumerate(texts)]


def _checked(text: Any, name: str, limits: Limits) -> str:
    if not isinstance(text, str):
        raise HTTPException(422, f"{name} is {_kind(text)}: send a string.")
    if len(text) > limits.characters:
        raise HTTPException(
            422, f"{name} has {len(text):,} characters: send at most {limits.characters:,} in one text."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise HTTPException(
            422, f"{name} holds half of a surrogate pair at character {error.start:,}: send whole characters."
        ) from None
    return text


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return "null" if value is None else kinds.get(type(value), "an object")


def _check_head(request: Request) -> None:
    """Take JSON only; besides, no page of another site may then send it from a browser without asking."""
    media, *parameters = request.headers.get("content-type", "").lower().replace(" ", "").split(";")
    if media != "application/json":
        raise HTTPException(415, "The body is not declared as JSON: send Content-Type: application/json.")
    charsets = [each[8:].strip('"') for each in parameters if each.startswith("charset=")]
    if not {"utf-8", "utf8"}.issuperset(charsets):
        raise HTTPException(415, "The body is declared in another encoding: send UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise HTTPException(415, "The body is compressed: send it as it is.")


async def _body(request: Request, limits: Limits) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limits.body:
        raise _too_large(limits)
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.seconds):
            async for part in request.stream():
                size += len(part)
                if size > limits.body:
                    raise _too_large(limits)
                parts.append(part)
    except TimeoutError:
        sentence = f"The body took longer than {limits.seconds:g} s: send it at once."
        raise HTTPException(408, sentence, {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "The body ended too early.") from None
    return b"".join(parts)


def _too_large(limits: Limits) -> HTTPException:
    return HTTPException(413, f"The body is too large: send at most {limits.body:,} bytes.")
