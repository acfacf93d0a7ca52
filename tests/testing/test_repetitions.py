"""A repetition counts where it came though there was an answer."""

from __future__ import annotations

import pytest

from sipflow.testing.wire_text import sip_text
from tests.repetitions import Seen, repeated_though_answered


def message(start: str, cseq: str, **more: str) -> str:
    return sip_text(start, {"Call-ID": "c1", "CSeq": cseq, **more}).decode()


INVITE = ("received", message("INVITE sip:a SIP/2.0", "1 INVITE"))
RINGING = ("sent", message("SIP/2.0 180 Ringing", "1 INVITE"))
RELIABLE = ("sent", message("SIP/2.0 183 Session Progress", "1 INVITE", RSeq="1"))
PRACK = ("received", message("PRACK sip:a SIP/2.0", "2 PRACK"))
ANSWER = ("sent", message("SIP/2.0 200 OK", "1 INVITE"))
ACK = ("received", message("ACK sip:a SIP/2.0", "1 ACK"))
BYE = ("received", message("BYE sip:a SIP/2.0", "3 BYE"))
BYE_ANSWER = ("sent", message("SIP/2.0 200 OK", "3 BYE"))


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([INVITE, INVITE, RINGING, ANSWER, ACK], []),
        ([INVITE, RINGING, INVITE, RINGING, ANSWER, ACK], [INVITE]),
        ([INVITE, ANSWER, ANSWER, ACK], []),
        ([INVITE, ANSWER, ACK, ANSWER, ACK], [ANSWER]),
        ([INVITE, RELIABLE, RELIABLE, PRACK], []),
        ([INVITE, RELIABLE, PRACK, RELIABLE], [RELIABLE]),
        ([INVITE, ANSWER, ACK, BYE, BYE, BYE_ANSWER, BYE_ANSWER], []),
        ([INVITE, ANSWER, ACK, BYE, BYE_ANSWER, BYE], [BYE]),
    ],
)
def test_only_what_was_answered_is_told_as_repeated(
    messages: list[tuple[str, str]], found: list[tuple[str, str]]
) -> None:
    seen = [Seen(0.5 * at, way, text) for at, (way, text) in enumerate(messages)]
    assert repeated_though_answered(seen) == [f"{way} {text.partition(chr(13))[0]}" for way, text in found]


def test_repetition_upon_the_heels_of_the_answer_is_told_as_none() -> None:
    assert repeated_though_answered([Seen(1.0, *BYE), Seen(1.0, *BYE_ANSWER), Seen(1.1, *BYE)]) == []
