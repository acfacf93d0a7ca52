"""Digits, event codes, and the bodies of INFO."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import LocalProtocolError, RtpError
from sipflow.rtp import DIGITS, InfoDigit, digit_of, event_code


def test_codes_are_those_of_the_table() -> None:
    # RFC 4733 §3.2, table 3.
    assert [event_code(digit) for digit in "0123456789*#ABCD"] == list(range(16))
    assert event_code("d") == 15
    assert [digit_of(code) for code in (-1, 0, 10, 15, 16, 255)] == [None, "0", "*", "D", None, None]


@pytest.mark.parametrize("text", ["", "E", "12", "٣"])
def test_other_text_has_no_code(text: str) -> None:
    with pytest.raises(LocalProtocolError):
        event_code(text)


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("content_type", "duration_ms"), [("application/dtmf-relay", 160), ("application/dtmf", None)])
def test_body_is_read_as_it_was_written(digit: str, content_type: str, duration_ms: int | None) -> None:
    info = InfoDigit(digit, duration_ms)

    assert InfoDigit.parse(content_type, info.body(content_type)) == info


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", InfoDigit("5", 160)),
        ("application/dtmf-relay", b"Signal= 5\nDuration= 250\n", InfoDigit("5", 250)),
        ("Application/DTMF-Relay; charset=utf-8", b"signal=#", InfoDigit("#")),
        ("application/dtmf-relay", b"Duration=100\rSignal=11", InfoDigit("#", 100)),
        ("application/dtmf-relay", b"Signal=d\r\nDuration=999999", InfoDigit("D", 100_000)),
        ("application/dtmf", b"7", InfoDigit("7")),
        ("application/dtmf", b" 10\r\n", InfoDigit("*")),
        ("application/dtmf", b"Signal=9\r\nDuration=80", InfoDigit("9", 80)),
    ],
)
def test_bodies_as_peers_write_them(content_type: str, body: bytes, expected: InfoDigit) -> None:
    assert InfoDigit.parse(content_type, body) == expected


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"Signal=5"),
        ("application/dtmf-relay", b""),
        ("application/dtmf-relay", b"5"),
        ("application/dtmf-relay", b"Signal=16"),
        ("application/dtmf-relay", b"Signal=55555"),
        ("application/dtmf-relay", b"Signal=5" + b"\r\n" * 200),
        ("application/dtmf", b"12 3"),
        ("application/dtmf", "٣".encode()),
    ],
)
def test_body_without_a_digit_is_refused(content_type: str, body: bytes) -> None:
    with pytest.raises(RtpError):
        InfoDigit.parse(content_type, body)


@given(st.text(max_size=30) | st.sampled_from(["application/dtmf", "application/dtmf-relay"]), st.binary(max_size=600))
def test_any_body_is_a_digit_or_an_rtp_error(content_type: str, body: bytes) -> None:
    try:
        info = InfoDigit.parse(content_type, body)
    except RtpError:
        return
    assert info.digit in DIGITS
