"""Messages read by what is known of their shape: the same as messages read in full."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import SipParseError
from sipflow.sip.faults import faults
from sipflow.sip.message import MAX_SHAPES, Message, parse_message, shapes_known
from sipflow.sip.received import read_message
from sipflow.sip.shapes import by_shape

STARTS = (
    ("INVITE sip:b@h SIP/2.0", "1 INVITE"),
    ("BYE sip:b@h;tag=1 SIP/2.0", "2 BYE"),
    ("ACK sip:b@h SIP/2.0", "1 ACK"),
    ("BYE sip:b@h SIP/2.0", "2 INVITE"),
    ("SIP/2.0 200 OK", "1 INVITE"),
    ("SIP/2.0 180 ;tag=1", "1  INVITE"),
)
VIAS = (
    "Via: SIP/2.0/UDP 10.0.0.2:5060;branch={branch}",
    "Via: SIP/2.0/UDP h;rport;branch={branch}",
    "Via: SIP/2.0/TCP [::1]:5060;branch={branch};received=10.0.0.1",
    "v: SIP/2.0/UDP h;branch={branch}",
    "Via: SIP/2.0/UDP h;branch={branch}, SIP/2.0/UDP g;branch=z9hG4bKg",
    "Via: SIP/2.0/UDP h;branch={branch}\r\nVia: SIP/2.0/UDP g",
    "Via: SIP/2.0/UDP h;BRANCH=q;branch={branch}",
    "Via: SIP/2.0/UDP h;branch;branch={branch}",
    'Via: SIP/2.0/UDP h;x=";branch={branch}"',
    "Via: SIP/2.0/UDP h;branch =old;branch={branch}",
    "Via: SIP/2.0/UDP h\r\n ;branch={branch}",
)
PARTIES = (
    "<sip:a@b>;tag={tag}",
    '"x;tag=y" <sip:a@b>;tag={tag}',
    "sip:a@b;tag={tag}",
    "<sip:a@b;tag=u>;tag={tag}",
    "<sip:a@b>",
    "<sip:a@b>;tag=fixed;x=y",
    "<sip:a@b>;x=y;tag={tag};z",
    "<sip:a@b>;tag ={tag}",
    "<sip:a@b>;TAG=other;tag={tag}",
    "<sip:a@b>;tag={tag}\r\n\t;x",
    "broken>;tag={tag}",
)
CALL_IDS = ("Call-ID: {call_id}", "Call-ID:  {call_id}", "i: {call_id}", "Call-ID: {call_id} ", "X: y")
OTHERS = (
    "Contact: <sip:x@y>",
    "Contact: <sip:x@y>;tag=k",
    "Contact: *",
    "Max-Forwards: 70",
    "Max-Forwards: no",
    "Subject: a\r\n Call-ID: folded",
    "Call-ID: second",
    "Content-Length: 0",
    "Content-Length: 4",
    "l: 2",
    "Content-Type: application/sdp",
    "Require: x",
    "X: ;branch=k",
    "Record-Route: <sip:p;lr>, <sip:q;lr>",
    "no header at all",
    "Content-Length: 0",
)
good = st.sampled_from(["z9hG4bK-1", "z9hG4bKtrial0", "a", "1", "q.w!%*_+`'~"])
"""Values that are tokens."""
values = good | st.sampled_from(["", " ", "a b", "a;x=1", '"q"', "\xe9", "a,b", "a\tb", "<a@b>", "a@b", "[::1]"])
READ = (
    *(
        "method",
        "uri",
        "status",
        "reason",
        "version",
        "is_terminated",
        "body_start",
        "head",
        "raw",
        "body",
        "body_size",
    ),
    *("branch", "call_id", "from_tag", "to_tag", "via", "vias", "via_values", "has_one_via", "cseq", "cseq_method"),
    *("transaction_key", "from_", "to", "from_text", "to_text", "max_forwards", "content_length", "contacts", "target"),
    *("record_route", "route", "has_body", "header_lines"),
)


def mostly(usual: Any, others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """So that most messages have a shape, and few have more than one oddity."""
    return st.integers(0, 3).flatmap(lambda number: others if number == 3 else st.just(usual))


@st.composite
def templates(draw: st.DrawFn) -> str:
    """The text of a message, with places for branch, tags and Call-ID."""
    start, cseq = draw(st.sampled_from(STARTS))
    lines = [
        draw(mostly(VIAS[0], st.sampled_from(VIAS))),
        "From: " + draw(mostly(PARTIES[0], st.sampled_from(PARTIES))).replace("{tag}", "{from_tag}"),
        "To: " + draw(mostly(PARTIES[0], st.sampled_from(PARTIES))).replace("{tag}", "{to_tag}"),
        draw(mostly(CALL_IDS[0], st.sampled_from(CALL_IDS))),
        f"CSeq: {cseq}",
        *draw(mostly(("Content-Length: 4",), st.just([]))),
        *draw(mostly(("Contact: <sip:x@y>",), st.lists(st.sampled_from(OTHERS), max_size=4, unique=True))),
    ]
    return "\r\n".join([start, *draw(st.permutations(lines))]) + "\r\n\r\nbody"


def read_all(message: Message) -> dict[str, object]:
    """Every value, or the error that reading it raises."""
    found: dict[str, object] = {}
    for name in READ:
        try:
            found[name] = getattr(message, name, None)
        except SipParseError as error:
            found[name] = str(error)
    return found


def filled(template: str, values: tuple[str, str, str, str]) -> bytes:
    names = ("branch", "from_tag", "to_tag", "call_id")
    return template.format(**dict(zip(names, values, strict=True))).encode()


def plain(number: int) -> bytes:
    """A request of a call of its own, in a shape that all of them have."""
    return filled(
        "OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch={branch}\r\nFrom: <sip:a@b>;tag={from_tag}\r\n"
        "To: <sip:b@h>\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
        (f"z9hG4bK{number}", f"f{number}", "", f"c{number}"),
    )


@given(templates(), st.lists(st.tuples(good, good, good, good), min_size=2, max_size=2), st.data())
def test_message_is_the_same_whether_its_shape_is_known_or_not(
    template: str, before: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    for known in before:
        parse_message(filled(template, known))
    value = data.draw(mostly(good, st.just(values)))
    wire = filled(template, data.draw(st.tuples(value, value, value, value)))

    message, in_full = parse_message(wire), read_message(wire)

    assert read_all(message) == read_all(in_full)
    assert faults(message) == faults(in_full)
    assert faults(message, on_stream=True) == faults(in_full, on_stream=True)


def test_third_message_of_a_shape_is_known() -> None:
    messages = [parse_message(plain(number)) for number in range(3)]

    assert [message.shape is None for message in messages] == [True, True, False]
    assert messages[2].call_id == "c2"


def test_body_shorter_than_said_is_a_fault_in_a_known_shape_too() -> None:
    long = plain(1).replace(b"Content-Length: 0", b"Content-Length: 4")
    for _ in range(3):
        parse_message(long + b"body")

    assert parse_message(long + b"body").shape is not None
    assert [fault.reason for fault in faults(parse_message(long + b"bod"))] == [
        "Bad Request (body shorter than Content-Length)"
    ]


@pytest.mark.parametrize(("said", "sent"), [("28349304023988", 4), ("5000", 5000), ("-1", 4)])
def test_body_that_is_missing_or_long_is_not_made_up_to_try_a_shape(said: str, sent: int) -> None:
    wire = plain(1).replace(b"Content-Length: 0", b"Content-Length: " + said.encode()) + b"x" * sent
    tracemalloc.start()
    try:
        messages = [parse_message(wire) for _ in range(4)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [message.shape for message in messages] == [None] * 4
    assert peak < 1_000_000


def test_judgement_by_shape_is_made_once() -> None:
    judged = []

    @by_shape
    def judge(message: Message) -> str:
        judged.append(message)
        return message.header("CSeq") or ""

    messages = [parse_message(plain(number)) for number in range(6)]

    assert [judge(message) for message in messages] == ["1 OPTIONS"] * 6
    assert len([message for message in judged if message.shape is not None]) == 1


def test_memory_of_shapes_is_bounded() -> None:
    for number in range(2 * MAX_SHAPES):
        for _ in range(3):
            parse_message(plain(1).replace(b"Content-Length", b"X: %d\r\nContent-Length" % number))

    assert max(shapes_known()) <= MAX_SHAPES
    for _ in range(2):
        parse_message(plain(1))
    assert parse_message(plain(1)).shape is not None
