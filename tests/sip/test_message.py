"""Stage 1 and 2: start lines, the header index, and typed values of a message."""

from __future__ import annotations

import pytest

from sipflow.base.errors import SipParseError
from sipflow.sip.headers import name_key
from sipflow.sip.message import Request, Response, parse_message
from tests.sip.messages import INVITE, request, response, without


def test_request_gives_every_typed_value() -> None:
    message = request()

    assert (message.method, message.uri, message.version) == ("INVITE", "sip:bob@127.0.0.1:5062", "SIP/2.0")
    assert (message.request_uri.user, message.request_uri.port) == ("bob", 5062)
    assert (message.via.transport, message.via.host, message.via.port) == ("UDP", "127.0.0.1", 5060)
    assert message.branch == "z9hG4bK74bf9"
    assert (message.from_.display_name, message.from_.tag) == ("Alice", "9fxced76sl")
    assert (str(message.to.uri), message.to.tag) == ("sip:bob@127.0.0.1:5062", "")
    assert message.call_id == "3848276298220188511"
    assert (message.cseq, message.cseq_method) == (1, "INVITE")
    assert (message.max_forwards, message.content_length) == (70, 5)
    assert [contact.uri.user for contact in message.contacts] == ["alice"]
    assert message.body == b"v=0\r\n"


def test_response_gives_status_and_reason() -> None:
    message = response()

    assert (message.status, message.reason, message.version) == (200, "OK", "SIP/2.0")
    assert message.to.tag == message.to_tag == "8321234356"
    assert message.from_.tag == message.from_tag == "9fxced76sl"


@pytest.mark.conformance(15)
def test_bytes_are_kept_as_they_came() -> None:
    data = INVITE.encode().replace(b"Alice", b"Al\xefce\xff") + b"trailing"

    message = parse_message(data)

    assert message.raw == data
    assert message.head.encode("utf-8", "surrogateescape") == data[: data.index(b"\r\n\r\n")]


@pytest.mark.conformance(15)
def test_unknown_header_is_kept_in_its_spelling_and_place() -> None:
    message = request(x_FLOW_note=" a ;; b,,")

    assert message.header_lines[0] == ("Via", " SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK74bf9")
    assert message.header_lines[-1] == ("x-FLOW-note", "  a ;; b,,")
    assert message.header("X-Flow-Note") == "a ;; b,,"


def test_header_line_keeps_its_folds() -> None:
    message = request(INVITE.replace("Max-Forwards: 70", "Subject: one\r\n\ttwo\r\n   three"))

    assert ("Subject", " one\r\n\ttwo\r\n   three") in message.header_lines
    assert message.header("Subject") == "one two three"


@pytest.mark.conformance(4)
@pytest.mark.parametrize("name", ["Call-ID", "call-id", "CALL-ID", "Call-ID  ", "Call-ID\t", "i", "I"])
def test_header_name_is_known_in_every_spelling(name: str) -> None:
    message = request(INVITE.replace("Call-ID:", f"{name}:"))

    assert message.call_id == message.header("i") == message.header("call-ID") == "3848276298220188511"


@pytest.mark.conformance(4)
@pytest.mark.parametrize(
    ("compact", "name"),
    [
        *(("v", "Via"), ("f", "From"), ("t", "To"), ("m", "Contact"), ("i", "Call-ID"), ("c", "Content-Type")),
        *(("l", "Content-Length"), ("k", "Supported"), ("e", "Content-Encoding"), ("s", "Subject")),
        *(("o", "Event"), ("r", "Refer-To"), ("b", "Referred-By"), ("x", "Session-Expires"), ("u", "Allow-Events")),
    ],
)
def test_compact_form_names_the_same_header(compact: str, name: str) -> None:
    assert name_key(compact) == name_key(compact.upper()) == name_key(name) == name.lower()


def test_letter_that_only_looks_like_a_compact_form_is_no_name() -> None:
    assert name_key("\N{KELVIN SIGN}") == ""


@pytest.mark.conformance(4)
@pytest.mark.parametrize("fold", ["\r\n ", "\r\n\t", " \r\n  \t "])
def test_folded_value_is_joined(fold: str) -> None:
    message = request(INVITE.replace("From: Alice <", f"From:{fold}Alice{fold}<"))

    assert (message.from_.display_name, message.from_.tag) == ("Alice", "9fxced76sl")


@pytest.mark.conformance(5)
def test_list_in_one_line_equals_a_line_for_each() -> None:
    one = request(record_route="<sip:a;lr>, <sip:b;lr>,<sip:c,d@e;lr>")
    several = request(
        INVITE.replace(
            "Max-Forwards: 70", "Record-Route: <sip:a;lr>\r\nrecord-route : <sip:b;lr> \r\nRecord-Route: <sip:c,d@e;lr>"
        )
    )

    assert one.record_route == several.record_route == ["<sip:a;lr>", "<sip:b;lr>", "<sip:c,d@e;lr>"]
    assert one.header_values("Record-Route") == ["<sip:a;lr>, <sip:b;lr>,<sip:c,d@e;lr>"]


@pytest.mark.conformance(5)
def test_every_contact_is_given_in_order() -> None:
    message = response(contact='"Bell, A" <sip:a@h>;q=0.7, sip:b@h;expires=60')

    assert [(str(contact.uri), contact.params) for contact in message.contacts] == [
        ("sip:a@h", (("q", "0.7"),)),
        ("sip:b@h", (("expires", "60"),)),
    ]


def test_star_is_no_contact() -> None:
    message = request(contact="*")

    assert message.contacts == ()
    assert message.header("Contact") == "*"


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_typed_value_of_a_missing_header_raises(name: str) -> None:
    message = request(without(INVITE, name))
    attributes = {"From": ("from_", "from_tag"), "To": ("to", "to_tag"), "Via": ("via", "branch")}

    for attribute in attributes.get(name, (name.replace("-", "_").lower(),)):
        with pytest.raises(SipParseError) as caught:
            getattr(message, attribute)
        assert caught.value.header == name
    assert message.header(name) is None
    assert message.header_values(name) == []


def test_optional_header_that_is_missing_is_none() -> None:
    message = request(max_forwards=None, content_length=None, contact=None)

    assert message.max_forwards is None
    assert message.content_length is None
    assert message.contacts == ()


@pytest.mark.conformance(6)
@pytest.mark.parametrize(
    ("length", "body"),
    [("3", b"v=0"), ("0", b""), ("5", b"v=0\r\n"), ("99", b"v=0\r\n"), (None, b"v=0\r\n"), ("-1", b"v=0\r\n")],
)
def test_body_of_a_datagram_is_cut_to_content_length(length: str | None, body: bytes) -> None:
    message = request(content_length=length)

    assert message.body == body
    assert message.has_body == bool(body)


def test_two_lengths_must_agree() -> None:
    same = request(INVITE.replace("Max-Forwards: 70", "l: 5"))
    different = request(INVITE.replace("Max-Forwards: 70", "l: 4"))

    assert same.content_length == 5
    with pytest.raises(SipParseError):
        _ = different.content_length


def test_empty_lines_before_the_start_line_are_skipped() -> None:
    message = parse_message(b"\r\n\r\n\r\n" + INVITE.encode())

    assert isinstance(message, Request)
    assert message.body == b"v=0\r\n"


@pytest.mark.parametrize("end", ["", "\r\n"])
def test_head_without_an_empty_line_is_read_to_its_end(end: str) -> None:
    message = parse_message(f"OPTIONS sip:a SIP/2.0\r\nCall-ID: x{end}".encode())

    assert not message.is_terminated
    assert message.call_id == "x"
    assert message.body == b""


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\r\n", b"\r\n\r\n", b"\x00", b"\xff" * 40, b"INVITE", b"INVITE sip:a@b", b"INVITE SIP/2.0"),
        *(b" INVITE sip:a SIP/2.0", b"GET / HTTP/1.1\r\n\r\n", b"INVITE sip:a SIP/2.x", b"INVITE sip:a XSIP/2.0"),
        *(b"SIP/2.0", b"SIP/2.0 ", b"SIP/ 200 OK", b"INVITE sip:a SIP/2.0\nVia: b\n\n", b"\x80\x00" + bytes(20)),
    ],
)
def test_start_line_that_is_no_sip_raises(data: bytes) -> None:
    with pytest.raises(SipParseError):
        parse_message(data)


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        *(("SIP/2.0 180 Ringing", 180, "Ringing"), ("SIP/2.0 200 ", 200, ""), ("SIP/2.0 200", 200, "")),
        *(("sip/2.0 404 Not  Found", 404, "Not  Found"), ("SIP/2.0 20 OK", 0, ""), ("SIP/2.0 2000 OK", 0, "")),
        *(("SIP/2.0 ٢٠٠ OK", 0, ""), ("SIP/2.0 -20 OK", 0, ""), ("SIP/2.0 2x0 OK", 0, "")),
    ],
)
def test_status_line_gives_its_code_or_zero(line: str, status: int, reason: str) -> None:
    message = parse_message(line.encode() + b"\r\n\r\n")

    assert isinstance(message, Response)
    assert (message.status, message.reason) == (status, reason)


def test_broken_value_is_told_without_harm_to_the_others() -> None:
    message = request(call_id="two words", via="", cseq="x", content_length="x", to="<")

    assert message.header_values("Call-ID") == ["two words"]
    assert message.from_.tag == "9fxced76sl"
    for attribute in ("call_id", "via", "vias", "branch", "cseq", "cseq_method", "content_length", "to", "to_tag"):
        with pytest.raises(SipParseError):
            getattr(message, attribute)
