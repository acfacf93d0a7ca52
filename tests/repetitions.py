"""Messages that went over the wire again though they had been answered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

HEELS_S = 0.25


class _Message(NamedTuple):
    """What tells which message answers which."""

    start: str
    call_id: str
    number: str
    method: str
    """Of a response that of its request."""
    is_reliable: bool

    @property
    def is_request(self) -> bool:
        return not self.start.startswith("SIP/2.0 ")


class Seen(NamedTuple):
    """A message that went over the wire."""

    at_s: float
    way: str
    text: str


def repeated_though_answered(messages: Sequence[Seen]) -> list[str]:
    """The first lines of such messages, with their way, of those that were seen in this order.

    A message that is repeated before it is answered shows a slow machine, and no fault of anybody: timer A, E and G of
    RFC 3261 §17 are 500 ms. So does one that comes upon the heels of the answer: both waited to be read. ACK, and
    responses that only a repeated request calls for, are not looked at.
    """
    first: dict[tuple[str, str], int] = {}
    found = []
    for place, (at_s, way, text) in enumerate(messages):
        begin = first.setdefault((way, text), place)
        if begin < place and (message := _read(text)) is not None:
            earlier = messages[begin + 1 : place]
            between = (_read(one.text) for one in earlier if one.way != way and one.at_s <= at_s - HEELS_S)
            if any(other is not None and _ends(other, message) for other in between):
                found.append(f"{way} {message.start}")
    return found


def _read(text: str) -> _Message | None:
    start, _, rest = text.partition("\r\n")
    call_id = re.search(r"^(?:Call-ID|i)[ \t]*:[ \t]*(.*?)\s*$", rest, re.IGNORECASE | re.MULTILINE)
    cseq = re.search(r"^CSeq[ \t]*:[ \t]*(\d+)[ \t]+(\S+)", rest, re.IGNORECASE | re.MULTILINE)
    if call_id is None or cseq is None:
        return None
    is_reliable = re.search(r"^RSeq[ \t]*:", rest, re.IGNORECASE | re.MULTILINE) is not None
    return _Message(start, call_id[1], cseq[1], cseq[2], is_reliable)


def _ends(other: _Message, message: _Message) -> bool:
    """Whether one message ends the repetition of another."""
    if other.call_id != message.call_id:
        return False
    if message.is_request:
        return not other.is_request and (other.number, other.method) == (message.number, message.method)
    if message.method != "INVITE" or not other.is_request:
        return False
    if message.start.startswith("SIP/2.0 1"):
        return message.is_reliable and other.method == "PRACK"
    return (other.number, other.method) == (message.number, "ACK")
