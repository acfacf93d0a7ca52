"""Whatever the bytes, parsers raise nothing but their own error, and take linear time."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sipflow.base.errors import SipParseError
from sipflow.sip.address import NameAddr, parse_addresses
from sipflow.sip.faults import faults
from sipflow.sip.framing import PING, StreamFramer
from sipflow.sip.headers import CSeq, parse_call_id, parse_content_length, parse_date, parse_max_forwards
from sipflow.sip.message import Message, Request, parse_message
from sipflow.sip.uri import Uri
from sipflow.sip.via import Via, parse_vias
from tests.cost import is_linear
from tests.fuzz.reading import read_everything
from tests.sip.messages import INVITE, OK
from tests.torture.cases import TORTURE

SEEDS = [INVITE.encode(), OK.encode(), *(case.data for case in TORTURE.values())]
PARSERS: list[Callable[[str], object]] = [
    *(Uri.parse, NameAddr.parse, parse_addresses, Via.parse, parse_vias, CSeq.parse),
    *(parse_call_id, parse_max_forwards, parse_content_length, parse_date),
]


@given(st.binary() | st.binary().map(lambda tail: b"INVITE sip:a SIP/2.0\r\n" + tail))
@example(b"SIP/2.0 \xd9\xa2\xd9\xa0\xd9\xa0 \r\n\r\n")
def test_message_of_any_bytes_raises_nothing_but_its_error(data: bytes) -> None:
    read_everything(data)


fragments = st.sampled_from(
    [
        *(
            "sip:",
            "sips:",
            "tel:",
            "@",
            ":",
            ";",
            ",",
            "<",
            ">",
            '"',
            "\\",
            "%",
            "%4",
            "%41",
            "[",
            "]",
            "[::1]",
            "?",
            "=",
        ),
        *("&", "*", " ", "\t", "\r\n ", "a", "host", "5060", "99999", "tag", ";tag=x", "SIP/2.0/UDP", "/", "branch"),
        *("INVITE", "GMT", "0", "é", "\udcff", "\x00", "\x7f", "\n", "\r", "\u2028", "²", "٣"),
    ]
)
texts = st.lists(fragments, max_size=12).map("".join)


@settings(max_examples=300)
@given(texts)
def test_value_of_any_text_raises_nothing_but_its_error(text: str) -> None:
    for parse in PARSERS:
        try:
            value = parse(text)
        except SipParseError:
            continue
        assert str(parse(str(value))) == str(value) if isinstance(value, (Uri, NameAddr, Via, CSeq)) else True


HEADERS = [
    "Via",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "Max-Forwards",
    "Content-Length",
    "Route",
    "Date",
    "X-Any",
]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from([*HEADERS, "v", "l", "", "a b"]), texts), max_size=6), st.binary(max_size=10))
def test_header_of_any_text_raises_nothing_but_its_error(lines: list[tuple[str, str]], body: bytes) -> None:
    head = "OPTIONS sip:a SIP/2.0\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines)

    read_everything(head.encode("utf-8", "surrogateescape") + b"\r\n" + body)


@pytest.mark.conformance(16, "R9")
def test_mutated_messages_raise_nothing_but_their_error() -> None:
    chance = random.Random(4475)
    for number in range(6000):
        data = bytearray(SEEDS[number % len(SEEDS)])
        for _ in range(chance.randint(1, 6)):
            mutate(data, chance)
        read_everything(bytes(data))


def mutate(data: bytearray, chance: random.Random) -> None:
    here = chance.randrange(len(data) + 1)
    there = min(len(data), here + chance.randint(0, 30))
    other = chance.choice(SEEDS)
    match chance.randrange(5):
        case 0:
            del data[here:there]
        case 1:
            data[here:here] = chance.randbytes(chance.randint(1, 8))
        case 2:
            data[here:here] = data[here:there] * chance.randint(1, 40)
        case 3:
            start = chance.randrange(len(other))
            data[here:there] = other[start : start + chance.randint(1, 60)]
        case _:
            data[here:here] = chance.choice(
                [b"\r\n", b" ", b"\t", b"\x00", b"\xff", b'"', b"<", b">", b";", b",", b"%", b"\\"]
            )


@pytest.mark.conformance(7)
@pytest.mark.parametrize("name", TORTURE)
def test_framing_and_parsing_agree_on_the_length_of_a_message(name: str) -> None:
    data = TORTURE[name].data
    try:
        frames = [frame for frame in StreamFramer().feed(data) if frame != PING]
    except SipParseError:
        return
    for frame in frames:
        message = parse_message(frame)
        assert len(message.body) == message.content_length == message.body_size


UNITS = (
    *(
        '"',
        '\\"',
        '"\\',
        '""',
        '" ',
        "<",
        ">",
        "<>",
        "< ",
        ",",
        ", ",
        ";",
        ";a",
        "; ",
        ";a=",
        ';a="',
        ';a="";',
        ";a ",
        ";a =b ",
    ),
    *(
        " ",
        "\t",
        " \t",
        "a ",
        "a",
        "a.",
        ".",
        "-",
        "_",
        "%",
        "%41",
        "%4",
        "%41;",
        ":",
        "@",
        "a@",
        "a:",
        "a:b@",
        "[",
        "[::",
        "]",
    ),
    *(
        "sip:",
        "sip:a,",
        "<sip:a>,",
        "sip:a;b?c=d&",
        "?a=b",
        "&a=b",
        "=",
        "/",
        "SIP/",
        "SIP/2.0/UDP a,",
        " /",
        "1",
        "0",
        "1 ",
    ),
    *("é", "\udcff", "\x00", "*", "\r\n ", "\r\n\t\r\n ", " \r\n ", "\r\nVia: ", "\r\nl: 1", "\r\n:", "\r\n"),
)
STARTS = (
    *("Via: ", "Via: SIP/2.0/UDP a", "Via: SIP/2.0/UDP a;b=", "Via: SIP/2.0/UDP [", "From: ", 'From: "', "From: <sip:"),
    *(
        "From: <sip:a;",
        "From: sip:a?",
        "From: <sip:a>;b=",
        "Contact: ",
        "Contact: <sip:a>,",
        "Call-ID: ",
        "CSeq: ",
        "CSeq: 1 ",
    ),
    *("Max-Forwards: ", "Content-Length: ", "Date: ", "X-Any: ", "X-Any"),
)


@pytest.mark.parametrize("start", STARTS)
def test_hostile_header_costs_linear_time(start: str) -> None:
    for unit in UNITS:
        assert_linear(f"OPTIONS sip:a SIP/2.0\r\n{start}", unit, "\r\n\r\n")


@pytest.mark.parametrize(
    "start", ["OPTIONS ", "OPTIONS sip:", "OPTIONS sip:a;", "SIP/2.0 ", "SIP/2.0 200 ", "OPTIONS a SIP/"]
)
def test_hostile_start_line_costs_linear_time(start: str) -> None:
    for unit in UNITS:
        assert_linear(start, unit, " SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n")


def assert_linear(start: str, unit: str, end: str) -> None:
    def read(size: int) -> None:
        read_everything((start + unit * (size // len(unit)) + "x" + end).encode("utf-8", "surrogateescape"))

    assert is_linear(read, 64 << 10), (start, unit)


def test_values_are_not_shared_between_messages_that_differ() -> None:
    one, other = parse_message(INVITE.encode()), parse_message(INVITE.replace("Alice", "Carol").encode())

    assert isinstance(one, Request)
    assert isinstance(other, Message)
    assert (one.from_.display_name, other.from_.display_name) == ("Alice", "Carol")
    assert faults(one) == faults(other) == ()
