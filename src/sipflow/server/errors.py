"""What goes wrong, as the answers of the API: `{"error": {"code", "message", …}}`."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sipflow.base.errors import (
    AddressUnavailable,
    AudioNotFound,
    DocumentTooLarge,
    DraftConflict,
    InstanceStartFailed,
    NoRunningScenario,
    ProjectNotFound,
    RunNotFound,
    RunUnderWay,
    ScenarioAlreadyRunning,
    ScenarioConflict,
    ScenarioInvalid,
    ScenarioNotFound,
    SipflowError,
    StorageFailed,
)
from sipflow.base.sayings import LANGUAGES, Saying, Told, in_language
from sipflow.scenario import Finding
from sipflow.scenario.fields import told_by_pydantic
from sipflow.scenario.repository import Draft
from sipflow.server.schemas import DraftOut

logger = logging.getLogger(__name__)

ANSWERS: dict[type[Exception], tuple[int, str]] = {
    ScenarioNotFound: (404, "not-found"),
    ProjectNotFound: (404, "not-found"),
    AudioNotFound: (404, "not-found"),
    RunNotFound: (404, "not-found"),
    RunUnderWay: (409, "already-running"),
    ScenarioConflict: (409, "conflict"),
    DraftConflict: (409, "conflict"),
    ScenarioAlreadyRunning: (409, "already-running"),
    NoRunningScenario: (409, "not-running"),
    InstanceStartFailed: (409, "not-startable"),
    AddressUnavailable: (409, "not-startable"),
    DocumentTooLarge: (413, "too-large"),
    StorageFailed: (503, "storage"),
    SipflowError: (422, "invalid"),
}
"""Status and code of an error; the entry of the nearest class counts."""

_CODES = {
    401: "unauthorised",
    403: "forbidden",
    404: "not-found",
    405: "not-allowed",
    409: "conflict",
    413: "too-large",
}


class JsonAnswer(JSONResponse):
    """JSON as documents need it: a lone surrogate, half of a character that was cut, goes out as an escape."""

    def render(self, content: Any) -> bytes:
        try:
            return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def refusal(request: HTTPConnection, status: int, code: str, said: Told, **more: Any) -> JsonAnswer:
    """An answer that is an error, in the language that its request asks for."""
    message = in_language(said, language_of(request))
    return JsonAnswer({"error": {"code": code, "message": message, **more}}, status)


def language_of(request: HTTPConnection) -> str:
    """The language of what is told: as the address asks for by `lang`, else as the client prefers."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")[:2].lower()
    return asked if asked in LANGUAGES else LANGUAGES[0]


class TooLongAnswer:
    """ASGI middleware: FastAPI refuses a body by its Content-Length in plain text; here it gets its JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def send_json(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith("text/plain"):
                    is_replaced = True
                    answer = refusal(HTTPConnection(scope), 413, _CODES[413], Saying.of("request-too-large"))
                    await answer(scope, receive, send)
            if not is_replaced:
                await send(message)

        await self._app(scope, receive, send_json)


def add_error_answers(app: FastAPI) -> None:
    """Let every error of the app's routes be answered as the API promises."""
    handlers: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
        SipflowError: _answer_ours,
        HTTPException: _answer_http,
        RequestValidationError: _answer_unreadable,
        Exception: _answer_defect,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _answer_ours(request: Request, error: SipflowError) -> Response:
    status, code = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
    more: dict[str, Any] = {}
    if isinstance(error, ScenarioInvalid):
        language = language_of(request)
        more["findings"] = [finding.to_json(language) for finding in error.findings if isinstance(finding, Finding)]
    if isinstance(error, DraftConflict):
        current = error.current
        more["current"] = DraftOut.of(current).model_dump() if isinstance(current, Draft) else None
    if status >= 500:
        logger.warning("%s %s: %s", request.method, request.url.path, error)
    return refusal(request, status, code, error.said, **more)


async def _answer_http(request: Request, error: HTTPException) -> Response:
    if error.status_code == 400:  # FastAPI's word for a body it cannot parse, a nesting bomb included
        return refusal(request, 422, "invalid", Saying.of("body-unreadable"))
    said: dict[int, Saying] = {
        404: Saying.of("nothing-here"),
        405: Saying.of("method-not-taken", method=request.method),
        413: Saying.of("request-too-large"),
    }
    code = _CODES.get(error.status_code, "refused")
    answer = refusal(request, error.status_code, code, said.get(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


async def _answer_unreadable(request: Request, error: RequestValidationError) -> Response:
    """Name every place that is wrong, and nothing of what stood there: it may be long, or a secret."""
    language = language_of(request)
    told = [
        f"{'.'.join(str(step) for step in detail['loc'][1:])[:200] or detail['loc'][0]}: "
        + told_by_pydantic(detail | {"loc": ()}).text(language)[:200]
        for detail in error.errors()[:10]
    ]
    return refusal(request, 422, "invalid", "; ".join(told))


async def _answer_defect(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refusal(request, 500, "internal", Saying.of("a-defect"))
