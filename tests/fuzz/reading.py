"""Everything that can be read from a received message: what fuzzers and properties call."""

from __future__ import annotations

import contextlib

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr
from sipflow.sip.faults import faults
from sipflow.sip.flow import Address
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.via import Via

TYPED = (
    "via",
    "vias",
    "branch",
    "to",
    "cseq",
    "cseq_method",
    "max_forwards",
    "content_length",
    "contacts",
)
NAMES = ("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Route", "Record-Route", "Require", "Supported", "X-Any")
TYPED_IN_REQUESTS = ("from_", "from_tag", "call_id")
SOURCE = Address("192.0.2.1", 5060)


def read_everything(data: bytes) -> None:
    """Parse a datagram and read all of it. Raises AssertionError where a promise is broken."""
    try:
        message = parse_message(data)
    except SipParseError:
        return
    assert message.raw == data
    assert message.head.encode("utf-8", "surrogateescape") in data
    for name in NAMES:
        values = message.header_values(name)
        assert message.header(name) == (values[0] if values else None)
        assert not any("\r\n" in value for value in values)
        message.list_values(name)
    assert len(message.body) <= message.body_size <= len(data)
    assert isinstance(message.header_lines, list)
    found = faults(message)
    assert all(
        fault.status in (400, 416, 505) and fault.reason.isascii() and fault.reason.isprintable() for fault in found
    )
    for attribute in (*TYPED, *(TYPED_IN_REQUESTS if isinstance(message, Request) else ())):
        with contextlib.suppress(*(() if not found else (SipParseError,))):
            getattr(message, attribute)
    if not found:
        _read_good(message)


def _read_good(message: Request | Response) -> None:
    """What must not raise in a message without faults."""
    via = message.via.stamped(SOURCE)
    assert str(Via.parse(str(via))) == str(via)
    for address in (*([message.from_] if isinstance(message, Request) else []), message.to, *message.contacts):
        assert str(NameAddr.parse(str(address))) == str(address)
        assert address.uri.matches(address.uri)
    for route in (*message.route, *message.record_route):
        NameAddr.parse(route)
    if isinstance(message, Request):
        assert message.request_uri.is_sip
        assert message.cseq_method == message.method
    assert isinstance(message.content_length, int | None)
