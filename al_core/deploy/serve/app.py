"""The application: five addresses around a model, and what their OpenAPI document says of them."""

from __future__ import annotations

import json
import logging
import math
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as AnyHTTPException

from al_core.deploy.serve import counting, page
from al_core.deploy.serve.answering import Answering, Limits
from al_core.deploy.serve.batching import Batcher, Full, Stopping
from al_core.deploy.serve.body import FORM, texts_of
from al_core.deploy.serve.counting import Counts
from al_core.deploy.serve.gate import OPEN, Gate
from al_core.errors import BadInput

_log = logging.getLogger(__name__)


class Model(BaseModel):
    """Which model answered."""

    name: str
    version: str


class Answer(BaseModel):
    """What the model says of one text."""

    model_config = ConfigDict(populate_by_name=True)

    decided: str = Field(alias="class", description="The class that the model decides on.")
    probability: float = Field(description="Probability of that class.")
    probabilities: dict[str, float] = Field(description="Probability of each class.")


class Answers(BaseModel):
    """One answer for each text, in their order."""

    model: Model
    answers: list[Answer]


class Health(BaseModel):
    """Whether the server answers."""

    status: str


class Facts(BaseModel):
    """The model, its classes, and what its card says."""

    name: str
    version: str
    classes: list[str]
    threshold: float | None = Field(description="Where the second class begins; null: the likeliest class.")
    about: dict[str, Any]


class Failure(BaseModel):
    """What went wrong, in one sentence."""

    detail: str


def application(
    model: Answering, batcher: Batcher, counts: Counts, limits: Limits | None = None, token: str | None = None
) -> FastAPI:
    """Return the ASGI application. `batcher` asks `model`; who made it closes it.

    `token`: what clients must send to all but `/health` and the empty page `/docs`; None: nothing.
    """
    limits = limits or Limits()
    app = FastAPI(
        title="Text classifier",
        version="1",
        description="Answers with the class of a text, and how probable it is.",
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(Gate, counts=counts, limits=limits, token=token)
    app.add_exception_handler(AnyHTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    named = {key: str(model.about.get(key, "")) for key in ("name", "version")}
    facts = named | {
        "classes": list(model.classes),
        "threshold": model.threshold,
        "about": _finite(model.about),
    }

    @app.post(
        "/predict",
        summary="Classify one text or many",
        description="Texts that come while the model works are answered together.",
        response_class=JSONResponse,
        responses=_responses(Answers, 400, 408, 413, 415, 422, 500, 503),
        openapi_extra=_request_body(limits),
    )
    async def predict(request: Request) -> Response:
        texts = await texts_of(request, limits)
        try:
            found = await batcher.ask(texts)
            decided = model.decide(found)
        except Full as full:
            sentence = f"The queue is full: try again in {full.seconds:,} s."
            raise HTTPException(503, sentence, {"Retry-After": str(full.seconds)}) from None
        except Stopping:
            raise HTTPException(503, "The server stops: try again.", {"Retry-After": "5"}) from None
        except BadInput as error:
            raise HTTPException(422, str(error)) from None
        columns = {name: column for column, name in enumerate(model.classes)}
        answers = [
            {
                "class": name,
                "probability": row[columns[name]],
                "probabilities": dict(zip(columns, row, strict=True)),
            }
            for name, row in zip(decided, found.tolist(), strict=True)
        ]
        return JSONResponse({"model": named, "answers": answers})

    @app.get("/model", summary="What the model is", responses=_responses(Facts))
    async def about() -> Response:
        return JSONResponse(facts)

    @app.get("/health", summary="Whether the server answers", responses=_responses(Health, 503))
    async def health() -> Response:
        if not batcher.alive:
            raise HTTPException(503, "The model has stopped: start the server again.", {"Retry-After": "60"})
        return JSONResponse({"status": "ok"})

    @app.get("/metrics", summary="Counts for Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        return Response(counts.prometheus(batcher.waiting, named), media_type=counting.MEDIA_TYPE)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(page.HTML, headers=page.HEADERS)

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("docs")

    if token is not None:
        _demand_token(app.openapi())
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)
    sentences = {
        404: "There is nothing at this address: /docs lists what there is.",
        405: f"{request.url.path} takes no {request.method}: /docs lists what it takes.",
    }
    return JSONResponse(
        {"detail": sentences.get(error.status_code, error.detail)}, error.status_code, error.headers
    )


async def _failed(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"detail": "The server failed on this request; its log says why."}, 500)


def _finite(value: Any) -> Any:
    """Return what JSON can hold: no infinity, no NaN, nothing that is only written like text."""
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def _responses(answer: type[BaseModel], *failures: int) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": answer}, **{status: {"model": Failure} for status in failures}}


def _request_body(limits: Limits) -> dict[str, Any]:
    text = {"type": "string", "maxLength": limits.characters}
    schema = {
        "type": "object",
        "properties": {
            "text": text,
            "texts": {"type": "array", "items": text, "minItems": 1, "maxItems": limits.texts},
        },
        "oneOf": [{"required": ["text"]}, {"required": ["texts"]}],
        "additionalProperties": False,
        "example": {"text": "A film that I will see again."},
    }
    words = f"{FORM}, in UTF-8, at most {limits.body:,} bytes"
    return {
        "requestBody": {
            "required": True,
            "description": words,
            "content": {"application/json": {"schema": schema}},
        }
    }


def _demand_token(schema: dict[str, Any]) -> None:
    """Say in the OpenAPI document (kept by the application) where a token is needed."""
    schema["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    failure = json.loads(json.dumps(schema["paths"]["/predict"]["post"]["responses"]["400"]))
    failure["description"] = "Unauthorized"
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if path not in OPEN:
                operation["security"] = [{"token": []}]
                operation["responses"]["401"] = failure
