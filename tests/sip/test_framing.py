"""Messages cut from a stream."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import FramingError
from sipflow.sip.framing import PING, StreamFramer
from tests.cost import is_linear
from tests.sip.messages import INVITE, OK
from tests.torture.cases import TORTURE

ONE, OTHER = INVITE.encode(), OK.encode()


def feed_bytewise(framer: StreamFramer, data: bytes) -> list[bytes]:
    return [frame for i in range(len(data)) for frame in framer.feed(data[i : i + 1])]


@pytest.mark.conformance(7)
def test_messages_in_one_segment_are_told_apart() -> None:
    assert StreamFramer().feed(ONE + OTHER + ONE) == [ONE, OTHER, ONE]


@pytest.mark.conformance(7)
def test_message_in_segments_of_one_byte_is_whole() -> None:
    framer = StreamFramer()

    assert feed_bytewise(framer, ONE[:-1]) == []
    assert framer.feed(ONE[-1:]) == [ONE]
    assert feed_bytewise(framer, OTHER) == [OTHER]


@pytest.mark.conformance(7)
def test_dblreq_is_two_messages() -> None:
    with pytest.raises(FramingError) as caught:  # its second Content-Length is too small by one line
        StreamFramer().feed(TORTURE["dblreq"].data)
    first, second = caught.value.frames

    assert first == TORTURE["dblreq"].data[: len(first)]
    assert (first[:8], second[:6]) == (b"REGISTER", b"INVITE")


@pytest.mark.conformance(7)
@pytest.mark.parametrize("name", ["wsinv", "longreq", "intmeth", "mpart01"])
def test_torture_message_is_cut_at_its_length(name: str) -> None:
    assert StreamFramer().feed(TORTURE[name].data + ONE) == [TORTURE[name].data, ONE]


@pytest.mark.conformance(7)
def test_single_empty_lines_between_messages_are_skipped() -> None:
    assert StreamFramer().feed(b"\r\n" + ONE + b"\r\n" + OTHER + b"\r\n") == [ONE, OTHER]


@pytest.mark.conformance(53)
def test_double_empty_line_is_a_ping() -> None:
    assert StreamFramer().feed(b"\r\n\r\n" + ONE + b"\r\n\r\n" + OTHER + b"\r\n\r\n\r\n") == [
        PING,
        ONE,
        PING,
        OTHER,
        PING,
    ]


@pytest.mark.conformance(7)
def test_clerr_waits_for_its_body() -> None:
    assert StreamFramer().feed(TORTURE["clerr"].data) == []


@pytest.mark.conformance(7)
@pytest.mark.parametrize(
    ("data", "status"),
    [
        (INVITE.replace("Content-Length: 5\r\n", ""), 400),
        (INVITE.replace("Length: 5", "Length: -5"), 400),
        (INVITE.replace("Length: 5", "Length: five"), 400),
        (INVITE.replace("Length: 5", "Length: 5\r\nl: 6"), 400),
        (INVITE.replace("Length: 5", "Length: 1000001"), 413),
        (INVITE.replace("Length: 5", "Length: " + "9" * 30), 400),
        ("INVITE sip:a SIP/2.0\r\nX: " + "x" * 2000, 400),
        ("INVITE sip:a SIP/2.0\r\nX: " + "x" * 2000 + "\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ],
)
def test_stream_without_a_next_message_raises_and_keeps_what_came_before(data: str, status: int) -> None:
    framer = StreamFramer(max_head_bytes=1000, max_body_bytes=1_000_000)

    with pytest.raises(FramingError) as caught:
        framer.feed(OTHER + data.encode() + ONE)

    assert caught.value.status == status
    assert caught.value.frames == (OTHER,)
    assert data.encode().startswith(caught.value.data)
    with pytest.raises(FramingError) as again:
        framer.feed(ONE)
    assert (again.value.frames, again.value.data) == ((), caught.value.data)


def frames_and_error(segments: list[bytes]) -> tuple[list[bytes], bytes | None]:
    framer = StreamFramer(max_head_bytes=300, max_body_bytes=100)
    frames: list[bytes] = []
    for segment in segments:
        try:
            frames += framer.feed(segment)
        except FramingError as error:
            return [*frames, *error.frames], error.data
    return frames, None


SHORT = b"OPTIONS sip:a SIP/2.0\r\nl: %d\r\n\r\n%s"
pieces = st.one_of(
    st.binary(max_size=60).map(lambda body: SHORT % (len(body), body)),
    st.sampled_from(
        [b"\r\n", b"\r", b"\n", b"\r\n\r\n", SHORT % (200, b""), b"X: " + b"x" * 400, b"OPTIONS sip:a SIP/2.0"]
    ),
    st.binary(max_size=8),
)


@pytest.mark.conformance(7)
@given(st.lists(pieces, max_size=6).map(b"".join), st.lists(st.integers(0, 2000), max_size=20))
def test_frames_are_the_same_however_the_stream_is_segmented(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    segments = [stream[start:end] for start, end in pairwise(edges)]

    whole = frames_and_error([stream])

    assert frames_and_error(segments) == whole
    assert frames_and_error([stream[i : i + 1] for i in range(len(stream))]) == whole


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"\r\n", b"\r\n\r\n", ONE]), max_size=8))
def test_framer_raises_nothing_but_its_own_error(segments: list[bytes]) -> None:
    framer = StreamFramer(max_head_bytes=200)
    for segment in segments:
        with contextlib.suppress(FramingError):
            framer.feed(segment)


@pytest.mark.conformance(7)
@pytest.mark.parametrize(
    "stream",
    [
        b"INVITE sip:a SIP/2.0\r\n" + b"X\r\n\r" * 12_000,
        SHORT % (60_000, b"x" * 60_000),
        b"\r\n\r\n" * 15_000,
        b"\r\n" * 30_000,
    ],
    ids=["head", "body", "pings", "empty lines"],
)
def test_segments_of_one_byte_cost_linear_time(stream: bytes) -> None:
    assert is_linear(lambda size: feed_bytewise(StreamFramer(), stream[:size]), len(stream))
