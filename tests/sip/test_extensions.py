"""Header fields of reliable provisional responses and session timers."""

from __future__ import annotations

import pytest

from sipflow.sip.extensions import (
    NO_EXTENSIONS,
    Extensions,
    RAck,
    SessionExpires,
    extensions_of,
    rack_of,
    rseq_of,
    told_reason,
)
from sipflow.sip.message import Response, parse_message
from sipflow.testing.wire_text import a_request


def response(status: int, *lines: str) -> Response:
    head = "\r\n".join([f"SIP/2.0 {status} Because", "CSeq: 1 INVITE", *lines])
    message = parse_message(f"{head}\r\n\r\n".encode())
    assert isinstance(message, Response)
    return message


@pytest.mark.conformance(88)
@pytest.mark.parametrize(
    ("text", "rack"),
    [
        ("776656 1 INVITE", RAck(776656, 1, "INVITE")),
        ("1\t2  INVITE", RAck(1, 2, "INVITE")),
        ("1 INVITE", None),
        ("-1 2 INVITE", None),
        ("1 2 3 INVITE", None),
        ("99999999999 1 INVITE", None),
        ("", None),
        (None, None),
    ],
)
def test_rack_is_read_or_is_none(text: str | None, rack: RAck | None) -> None:
    assert rack_of(a_request("PRACK", RAck=text)) == rack


@pytest.mark.conformance(87)
@pytest.mark.parametrize(
    ("status", "lines", "rseq"),
    [
        (183, ("Require: 100rel", "RSeq: 9"), 9),
        (183, ("Require: timer, 100REL", "rseq: 9"), 9),
        (183, ("RSeq: 9",), None),
        (183, ("Require: 100rel",), None),
        (183, ("Require: 100rel", "RSeq: x"), None),
        (183, ("Require: 100rel", "RSeq: -9"), None),
        (100, ("Require: 100rel", "RSeq: 9"), None),
        (200, ("Require: 100rel", "RSeq: 9"), None),
    ],
)
def test_only_a_numbered_provisional_that_requires_100rel_is_reliable(
    status: int, lines: tuple[str, ...], rseq: int | None
) -> None:
    assert rseq_of(response(status, *lines)) == rseq


@pytest.mark.conformance(92)
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, NO_EXTENSIONS),
        ({"Supported": "path, gruu"}, NO_EXTENSIONS),
        ({"Supported": "100rel"}, Extensions(reliability="supported")),
        ({"k": "100rel", "Require": "100rel"}, Extensions(reliability="required")),
        ({"Supported": "timer"}, Extensions(knows_timer=True)),
        ({"x": "1800"}, Extensions(session_expires=SessionExpires(1800))),
        ({"Session_Expires": "90;refresher=uas"}, Extensions(session_expires=SessionExpires(90, "uas"))),
        ({"Session_Expires": "90 ; a=b ; Refresher=UAC"}, Extensions(session_expires=SessionExpires(90, "uac"))),
        ({"Session_Expires": "90;refresher=both"}, Extensions(session_expires=SessionExpires(90))),
        ({"Session_Expires": "soon", "Min_SE": "x"}, Extensions()),
        ({"Session_Expires": "0"}, Extensions()),
        ({"Min_SE": "120"}, Extensions(min_se_s=120)),
        ({"Allow": "INVITE, UPDATE"}, Extensions(takes_update=True)),
    ],
)
def test_extensions_are_read_as_far_as_they_can_be(headers: dict[str, str], said: Extensions) -> None:
    values: dict[str, str | None] = {**headers}
    assert extensions_of(a_request("INVITE", "", "sip:bob@10.0.0.1", **values)) == said


@pytest.mark.conformance(83)
def test_reason_and_warning_are_told_as_they_stand() -> None:
    busy = response(488, 'Warning: 305 host "no codec"', 'Reason: Q.850;cause=65;text="no"', "Reason: SIP;cause=488")
    assert told_reason(busy) == (
        'Reason: Q.850;cause=65;text="no"; Reason: SIP;cause=488; Warning: 305 host "no codec"'
    )
    assert told_reason(response(486)) == ""
