"""Messages on their way through a proxy: all is kept as it came, but for what a proxy has to change.

Source: RFC 3261 §16.6, §16.7.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sipflow.sip.headers import name_key
from sipflow.sip.message import Message, Request, Response
from sipflow.sip.outgoing import MAX_FORWARDS, Headers, OutgoingRequest

Line = tuple[str, str]
"""Name and value of a header field."""


@dataclass(slots=True)
class ForwardedRequest(OutgoingRequest):
    """Somebody else's request, sent on: its ACK to a failure and its CANCEL are made from the parts, as ever."""

    lines: tuple[Line, ...] = ()
    """Every header line but our Via and Route, in order."""

    def __bytes__(self) -> bytes:
        head = [f"{self.method} {self.uri} SIP/2.0", f"Via: {self.via}"]
        head += [f"Route: {value}" for value in self.routes]
        head += [f"{name}: {value}" for name, value in self.lines]
        return _message(head, self.body)


def forwarded_request(
    request: Request,
    *,
    uri: str,
    branch: str,
    via: str,
    vias: Iterable[str],
    routes: Iterable[str] = (),
    record_routes: Iterable[str] = (),
    changes: Headers = (),
    without: Collection[str] = (),
) -> ForwardedRequest:
    """The copy of a request that one target gets, with one hop less to go. Source: RFC 3261 §16.6.

    `vias` are the request's own Via values, the top one stamped with where it came from; `via` is ours, which goes
    above them. `record_routes` go above those that came. `changes` replace the header fields of their name;
    `without` names, as `name_key` spells them, what is left out.
    """
    hops = request.max_forwards
    own: list[Line] = [
        *(("Via", value) for value in vias),
        *(("Record-Route", value) for value in record_routes),
        ("Max-Forwards", str(MAX_FORWARDS if hops is None else max(hops - 1, 0))),
        *changes,
    ]
    replaced = {"via", "route", "max-forwards", "content-length", *without, *(name_key(name) for name, _ in changes)}
    return ForwardedRequest(
        request.method,
        uri,
        branch,
        via,
        request.from_text,
        request.to_text,
        request.call_id,
        request.cseq,
        routes=tuple(routes),
        body=request.body,
        lines=(*own, *_kept(request, replaced)),
    )


def forwarded_response(response: Response, more: Headers = ()) -> bytes:
    """A response as the hop before us gets it: without our Via, with `more` header fields. Source: RFC 3261 §16.7."""
    vias = [("Via", value) for value in response.via_values[1:]]
    lines = [*vias, *_kept(response, {"via", "content-length"}), *more]
    head = [f"SIP/2.0 {response.status} {response.reason}", *(f"{name}: {value}" for name, value in lines)]
    return _message(head, response.body)


def passed_on(message: Message, without: Collection[str]) -> Headers:
    """The header fields of a message, folded ones on one line, but for those with these keys."""
    return tuple(
        (name, " ".join(value.split("\r\n")) if "\r\n" in value else value) for name, value in _kept(message, without)
    )


def _kept(message: Message, without: Collection[str]) -> Iterator[Line]:
    """The header lines of a message as they came, but for those with these keys and those that are none."""
    for name, text in message.header_lines:
        key = name_key(name)
        if key and key not in without:
            yield name.strip(), text.strip(" \t")


def _message(head: list[str], body: bytes) -> bytes:
    text = "\r\n".join([*head, f"Content-Length: {len(body)}"])
    return text.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body
