"""RTP packets by RFC 3550 §5.1, and telling them from RTCP by RFC 5761 §4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import RtpError
from sipflow.rtp import Extension, RtpPacket, is_rtcp

PACKETS = st.builds(
    RtpPacket,
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.integers(0, 0xFFFF_FFFF),
    st.binary(max_size=200),
    st.booleans(),
    st.lists(st.integers(0, 0xFFFF_FFFF), max_size=15).map(tuple),
    st.none()
    | st.builds(
        Extension, st.integers(0, 0xFFFF), st.binary(max_size=40).map(lambda data: data + bytes(-len(data) % 4))
    ),
    st.integers(0, 255),
)


@given(PACKETS)
def test_packet_is_read_as_it_was_written(packet: RtpPacket) -> None:
    assert RtpPacket.parse(bytes(packet)) == packet


def test_packet_has_the_fields_of_the_figure() -> None:
    # By hand from the figure of §5.1: V=2 P X CC=1, M PT=101, a CSRC, an extension of one word.
    data = bytes.fromhex("b1e5 1234 00000fa0 deadbeef 00000007 bede0001 10ff0000 05050505 00000004")

    packet = RtpPacket.parse(data)

    assert packet == RtpPacket(
        101, 0x1234, 4000, 0xDEADBEEF, b"\5\5\5\5", True, (7,), Extension(0xBEDE, b"\x10\xff\0\0"), 4
    )
    assert bytes(packet) == data


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80000001 00000000 000000",  # a byte short of a header
        "40000001 00000000 00000001",  # version 1
        "82000001 00000000 00000001 00000002",  # two CSRCs, one there
        "90000001 00000000 00000001 0000",  # half an extension's head
        "90000001 00000000 00000001 00000002 00000000",  # an extension longer than the packet
        "a0000001 00000000 00000001",  # padding, and nothing that could hold it
        "a0000001 00000000 00000001 00000000",  # padding of no bytes
        "a0000001 00000000 00000001 00000005",  # padding longer than the payload
        "a1000001 00000000 00000001 00000004",  # padding that would be the CSRC
    ],
)
def test_packet_of_other_shape_is_refused(data: str) -> None:
    with pytest.raises(RtpError):
        RtpPacket.parse(bytes.fromhex(data))


@given(st.binary(max_size=64) | st.binary(min_size=11, max_size=80).map(lambda data: b"\xbf" + data))
def test_any_bytes_are_a_packet_or_an_rtp_error(data: bytes) -> None:
    try:
        packet = RtpPacket.parse(data)
    except RtpError:
        return
    assert RtpPacket.parse(bytes(packet)) == packet


def test_rtcp_is_told_from_rtp_by_the_second_byte() -> None:
    assert [kind for kind in range(256) if is_rtcp(bytes([0x80, kind]))] == list(range(192, 224))
    assert not is_rtcp(b"\x80")
    assert not is_rtcp(bytes(RtpPacket(101, 1, 2, 3, b"", marker=True)))
