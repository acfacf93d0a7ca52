"""Who may talk to the server: nothing that is refused here reaches a route.

Against a hostile page in the same browser: the Host header must name this server (DNS rebinding), what
changes something and the live socket must come from our own pages (Origin), and the API wants the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sipflow.base.sayings import Saying
from sipflow.server.errors import language_of, refusal

OPEN_PATHS: Final = frozenset({"/api/ping"})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

# Styles are inline, too: editors and toasts put their own sheets into the page.
_POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class HostNames:
    """The names under which this server may be addressed."""

    def __init__(self, host: str, more: Iterable[str] = ()) -> None:
        """`host` is the address listened on; a wildcard takes every numeric address and this machine's names.

        A numeric address cannot be rebound by a hostile name server, so any is safe.
        """
        self._names = {name.lower() for name in (host, *more)}
        self._takes_numeric = host in ("", "0.0.0.0", "::")
        if self._takes_numeric or _is_loopback(host):
            self._names |= _LOOPBACK_NAMES
        if self._takes_numeric:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    def __contains__(self, host_header: str) -> bool:
        try:
            name = urlsplit(f"//{host_header}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._takes_numeric and _is_numeric(name))


def is_api_path(path: str) -> bool:
    """Whether a path, its escapes decoded, belongs to the API, whatever follows."""
    return path == "/api" or path.startswith("/api/")


class Access:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, *, token: str, port: int, host_names: HostNames) -> None:
        self._app = app
        self._token = token
        self._cookie = f"sipflow-{port}"
        """Cookies know no ports: two servers on one host need two names."""
        self._host_names = host_names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        is_api = is_api_path(scope["path"])

        async def send_guarded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if is_api:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self._refused(scope, is_api=is_api)
        if refused is None:
            await self._app(scope, receive, send_guarded)
        elif scope["type"] == "websocket":
            await _refuse_socket(refused, scope, receive, send_guarded)
        else:
            await refused(scope, receive, send_guarded)

    def _refused(self, scope: Scope, *, is_api: bool) -> Response | None:
        """The answer to a request that goes no further."""
        request = HTTPConnection(scope)
        headers = request.headers
        host = headers.get("host", "")
        if len(headers.getlist("host")) != 1 or host not in self._host_names:
            return refusal(request, 403, "forbidden", Saying.of("host-not-ours"))
        if not is_api:
            return self._welcome(scope)
        if _is_foreign(headers, host):
            return refusal(request, 403, "forbidden", Saying.of("another-site"))
        if scope["path"] in OPEN_PATHS:
            return None
        if not self._knows_token(headers):
            return refusal(request, 401, "unauthorised", Saying.of("token-needed"))
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if changes and "origin" not in headers and "authorization" not in headers:
            return refusal(request, 403, "forbidden", Saying.of("origin-needed"))
        return None

    def _welcome(self, scope: Scope) -> Response | None:
        """Swap the token in a page's address for a cookie."""
        if scope["type"] != "http":
            return None
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=50)
        given = query.pop("token", None)
        if given is None:
            return None
        if len(given) != 1 or not self._is_token(given[0]):
            return PlainTextResponse(Saying.of("token-unknown").text(language_of(HTTPConnection(scope))) + "\n", 401)
        rest = urlencode(query, doseq=True)
        answer = RedirectResponse(_local_path(scope["path"]) + (f"?{rest}" if rest else ""), 303)
        answer.set_cookie(self._cookie, self._token, path="/", httponly=True, samesite="strict")
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _knows_token(self, headers: Headers) -> bool:
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._is_token(credentials.strip())
        cookies = cookie_parser(headers.get("cookie", ""))
        return self._is_token(cookies.get(self._cookie, ""))

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "replace"), self._token.encode())


def _is_foreign(headers: Headers, host: str) -> bool:
    """Whether a page of another origin is behind the request: another port of this machine counts."""
    if any(_netloc(origin) != host.lower() for origin in headers.getlist("origin")):
        return True
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _netloc(origin: str) -> str:
    """Host and port of an Origin; empty for `null` and for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _local_path(path: str) -> str:
    """A path that no browser takes for another host."""
    return "/" + path.lstrip("/\\")


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_numeric(host) and ipaddress.ip_address(host).is_loopback)


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _refuse_socket(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a WebSocket before it is accepted, with a status where the server can send one."""
    await receive()
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    await send(
        {"type": "websocket.http.response.start", "status": answer.status_code, "headers": list(answer.raw_headers)}
    )
    await send({"type": "websocket.http.response.body", "body": bytes(answer.body)})
