"""RTCP packets by RFC 3550 §6.4 to §6.6, and which compounds are valid by §A.2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipflow.base.errors import RtpError
from sipflow.rtp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_rtcp,
    write_rtcp,
)

WORD = st.integers(0, 0xFFFF_FFFF)
BLOCKS = st.lists(
    st.builds(ReportBlock, WORD, st.integers(0, 255), st.integers(-0x80_0000, 0x7F_FFFF), WORD, WORD, WORD, WORD),
    max_size=31,
).map(tuple)
TEXT = st.text(max_size=60).filter(lambda text: len(text.encode("utf-8", "replace")) < 256 and text.isprintable())
REPORTS = st.builds(SenderReport, WORD, st.integers(0, 2**64 - 1), WORD, WORD, WORD, BLOCKS) | st.builds(
    ReceiverReport, WORD, BLOCKS
)
OTHERS = st.builds(SourceDescription, WORD, TEXT) | st.builds(Goodbye, st.lists(WORD, max_size=31).map(tuple), TEXT)
HEAD = "81c90007 00000001"
BLOCK = "00000002 40fffffe 00010005 00000010 00000000 00000000"


@given(REPORTS, st.lists(REPORTS | OTHERS, max_size=4))
def test_compound_is_read_as_it_was_written(report: RtcpPacket, others: list[RtcpPacket]) -> None:
    packets = [report, *others]

    data = write_rtcp(packets)

    assert len(data) % 4 == 0
    assert parse_rtcp(data) == packets


def test_block_has_the_fields_of_the_figure() -> None:
    (report,) = parse_rtcp(bytes.fromhex(HEAD + BLOCK))

    assert report == ReceiverReport(1, (ReportBlock(2, 0x40, -2, 0x10005, 16),))


def test_loss_beyond_24_bits_is_written_as_the_most_that_fits() -> None:
    (report,) = parse_rtcp(bytes(ReceiverReport(1, (ReportBlock(2, 255, 1 << 30, 0, 0),))))

    assert isinstance(report, ReceiverReport)
    assert report.blocks[0].packets_lost == 0x7F_FFFF


def test_unknown_packets_profile_extensions_and_other_items_are_passed_over() -> None:
    app = "80cc0002 00000001 41424344"
    items = "81ca0006 00000001 0203 4d6962 0105 6140622e63 0601 74 00 0000 0000"
    extended = "80c90002 00000001 12345678"

    assert parse_rtcp(bytes.fromhex(extended + app + items)) == [ReceiverReport(1), SourceDescription(1, "a@b.c")]


def test_every_chunk_of_a_description_is_read() -> None:
    # The items of the first end with their word, so that a word of nulls follows.
    chunks = "82ca0006 00000001 0106 612d612d612d 00000000 00000002 0101 62 00"

    assert parse_rtcp(bytes.fromhex("80c90001 00000001" + chunks)) == [
        ReceiverReport(1),
        SourceDescription(1, "a-a-a-"),
        SourceDescription(2, "b"),
    ]


def test_padding_is_taken_from_the_last_packet() -> None:
    assert parse_rtcp(bytes.fromhex("80c90001 00000001 a1cb0002 00000001 00000004")) == [
        ReceiverReport(1),
        Goodbye((1,)),
    ]


def test_long_names_are_cut_between_characters() -> None:
    _, description = parse_rtcp(write_rtcp([ReceiverReport(1), SourceDescription(1, "한" * 100)]))

    assert description == SourceDescription(1, "한" * 85)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80c9",
        "80ca0001 00000001",  # begins with a description
        "a0c90001 00000001",  # padding at the first packet
        "40c90001 00000001",  # version 1
        "80c90002 00000001",  # longer than the datagram
        "80c90001 00000001 80",  # lengths do not add up
        "80c90001 00000001 40cb0000",  # version 1 further on
        "80c90000 80c90001 00000001",  # no SSRC
        "81c90001 00000001",  # a block missing
        "80c80005 00000001 00000000 00000000 00000000 00000000",  # a sender report a word short
        "80c90001 00000001 a0ca0001 00000004 80ca0000",  # padding before the last packet
        "80c90001 00000001 a0ca0001 00000003",  # padding that is no multiple of four
        "80c90001 00000001 a0ca0001 00000008",  # padding longer than the packet
        "80c90001 00000001 a0ca0000",  # padding without a byte
        "80c90001 00000001 81ca0000",  # a chunk missing
        "80c90001 00000001 81ca0002 00000001 010a6162",  # an item longer than the packet
        "80c90001 00000001 81ca0002 00000001 01026162",  # no null after the items
        "80c90001 00000001 81cb0000",  # BYE of one, with none
        "80c90001 00000001 81cb0002 00000001 09616263",  # a reason longer than the packet
    ],
)
def test_compound_of_other_shape_is_refused_as_a_whole(data: str) -> None:
    with pytest.raises(RtpError):
        parse_rtcp(bytes.fromhex(data))


@given(
    st.binary(max_size=120),
    st.lists(st.tuples(st.integers(0x80, 0xBF), st.integers(200, 206), st.binary(max_size=40)), max_size=4),
)
def test_any_bytes_are_a_compound_or_an_rtp_error(tail: bytes, packets: list[tuple[int, int, bytes]]) -> None:
    data = bytes.fromhex("80c90001 00000001")
    for flags, kind, body in packets:
        words = (len(body) + 3) // 4
        data += bytes([flags, kind]) + words.to_bytes(2) + body.ljust(4 * words, b"\4")
    for whole in (data, data + tail, tail):
        try:
            found = parse_rtcp(whole)
        except RtpError:
            continue
        assert found
