"""What a request is refused for before anybody looks at what it wants. Source: RFC 3261 §8.2."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.sip.uas import (
    Refusal,
    has_session_description,
    refuse_content,
    refuse_extensions,
    refuse_method,
    session_description,
)
from sipflow.testing.wire_text import AUDIO, a_request


def status(refusal: Refusal | None) -> int:
    return refusal.status if refusal is not None else 0


@pytest.mark.conformance(36)
@pytest.mark.parametrize(
    ("method", "wanted"),
    [("INVITE", 0), ("BYE", 0), ("UPDATE", 0), ("PRACK", 0), ("REGISTER", 405), ("invite", 501), ("FOO", 501)],
)
def test_method_decides_between_405_and_501(method: str, wanted: int) -> None:
    assert status(refuse_method(a_request(method))) == wanted


@pytest.mark.conformance(37)
def test_unsupported_options_are_all_named() -> None:
    refusal = refuse_extensions(a_request(Require="a, b", Proxy_Require="p"))
    assert refusal is not None
    assert (refusal.status, refusal.headers) == (420, (("Unsupported", "a, b"),))
    assert refuse_extensions(a_request(Supported="a", Proxy_Require="p")) is None


@pytest.mark.conformance(38)
@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, 0),
        ({"Content_Type": "Application/SDP ; charset=utf-8"}, 0),
        ({"Content_Type": None, "c": "application/sdp"}, 0),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "text/plain", "Content_Disposition": "session;handling=optional"}, 0),
        ({"Content_Disposition": "session;handling=required"}, 0),
        ({"Content_Disposition": "alert"}, 415),
        ({"Content_Encoding": "identity"}, 0),
        ({"Content_Encoding": "GZIP"}, 415),
        ({"e": "gzip"}, 415),
        ({"Accept": "text/plain"}, 406),
        ({"Accept": ""}, 406),
        ({"Accept": "text/plain;q=1, Application/Sdp;level=1"}, 0),
    ],
    ids=str,
)
def test_content_is_judged_by_type_encoding_and_disposition(headers: dict[str, Any], wanted: int) -> None:
    assert status(refuse_content(a_request("INVITE", AUDIO, **headers))) == wanted


@pytest.mark.conformance(38)
def test_body_without_a_type_gets_415() -> None:
    assert status(refuse_content(a_request("INVITE", AUDIO, Content_Type=""))) == 415


def test_accept_counts_for_invite_only() -> None:
    assert refuse_content(a_request("OPTIONS", Accept="text/plain")) is None


@pytest.mark.conformance(84)
@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, True),
        ({"Content_Disposition": "SESSION;handling=optional"}, True),
        ({"Content_Disposition": "early-session"}, False),
        ({"Content_Disposition": "render"}, False),
        ({"Content_Type": "text/plain"}, False),
    ],
    ids=str,
)
def test_session_description_is_told_by_type_and_disposition(headers: dict[str, Any], wanted: bool) -> None:
    request = a_request("INVITE", AUDIO, **headers)
    assert has_session_description(request) is wanted
    assert session_description(request) == (AUDIO.encode() if wanted else b"")


def test_no_body_is_no_session_description() -> None:
    assert not has_session_description(a_request(Content_Type="application/sdp"))
