"""RTCP packets: reports, CNAME and BYE, read and written; whatever else a compound holds is passed over.

Source: RFC 3550 §6.4, §6.5, §6.6, §A.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sipflow.base.errors import RtpError

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
GOODBYE: Final = 203
MAX_COUNT: Final = 31  # RFC 3550 §6.4.1: RC, SC and BYE's SC have five bits
MAX_TEXT_BYTES: Final = 255  # RFC 3550 §6.5: the length of an item is one byte

_CNAME: Final = 1
_VERSION: Final = 0x80
_PADDING: Final = 0x20
_COUNT: Final = 0x1F
_head: Final = struct.Struct("!BBH")
_block: Final = struct.Struct("!IIIIII")
_info: Final = struct.Struct("!QIII")
_MOST_LOST: Final = 0x7F_FFFF  # RFC 3550 §6.4.1: a signed number of 24 bits
_LEAST_LOST: Final = -0x80_0000


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says about one source. Source: RFC 3550 §6.4.1."""

    ssrc: int
    """The source it is about."""
    fraction_lost: int
    """Of the packets since the last report, in 1/256."""
    packets_lost: int
    """Since reception began; negative where doubles came."""
    highest_sequence: int
    """The highest sequence number, with the count of its wraps in the upper 16 bits."""
    jitter: int
    """In ticks of the media clock."""
    last_sr: int = 0
    """Middle 32 bits of the NTP timestamp in the last sender report, 0 where none came."""
    delay_since_last_sr: int = 0
    """In 1/65,536 s, 0 where none came."""

    def __bytes__(self) -> bytes:
        lost = min(max(self.packets_lost, _LEAST_LOST), _MOST_LOST) & 0xFF_FFFF
        return _block.pack(
            self.ssrc,
            self.fraction_lost << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        )


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a sender has sent, and how its media clock stands to the wall's. Source: RFC 3550 §6.4.1."""

    ssrc: int
    ntp: int
    """Wall time, of 64 bits."""
    timestamp: int
    """The same moment, in ticks of the media clock."""
    packets: int
    octets: int
    """Of payload, without headers and padding."""
    blocks: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        info = _info.pack(self.ntp, self.timestamp, self.packets & 0xFFFF_FFFF, self.octets & 0xFFFF_FFFF)
        return _packet(SENDER_REPORT, len(self.blocks), self.ssrc.to_bytes(4) + info + _joined(self.blocks))


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """A report of one who has sent nothing since the last. Source: RFC 3550 §6.4.2."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()

    def __bytes__(self) -> bytes:
        return _packet(RECEIVER_REPORT, len(self.blocks), self.ssrc.to_bytes(4) + _joined(self.blocks))


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """The canonical name of a source; other items are passed over. Source: RFC 3550 §6.5."""

    ssrc: int
    cname: str
    """At most 255 bytes of UTF-8."""

    def __bytes__(self) -> bytes:
        name = _text(self.cname)
        chunk = self.ssrc.to_bytes(4) + bytes([_CNAME, len(name)]) + name
        return _packet(SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))  # at least one null ends the list


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Sources that leave. Source: RFC 3550 §6.6."""

    ssrcs: tuple[int, ...]
    reason: str = ""

    def __bytes__(self) -> bytes:
        body = b"".join(ssrc.to_bytes(4) for ssrc in self.ssrcs)
        if self.reason:
            reason = _text(self.reason)
            body += bytes([len(reason)]) + reason
        return _packet(GOODBYE, len(self.ssrcs), body + bytes(-len(body) % 4))


RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye


def write_rtcp(packets: Iterable[RtcpPacket]) -> bytes:
    """A compound packet; the first has to be a report. Source: RFC 3550 §6.1."""
    return _joined(packets)


def parse_rtcp(data: bytes) -> list[RtcpPacket]:
    """The packets of a compound that are known here, in order; one SourceDescription for each chunk with a CNAME.

    Raises RtpError where any packet is malformed: then nothing of the datagram is to be used.
    """
    if len(data) < 8 or data[0] & 0xE0 != _VERSION or data[1] not in (SENDER_REPORT, RECEIVER_REPORT):
        raise RtpError("expected an RTCP compound that begins with a report", data)
    packets: list[RtcpPacket] = []
    begin = 0
    while begin < len(data):
        body, count, kind = _cut(data, begin)
        begin += 4 + len(body)
        if data[begin - 4 - len(body)] & _PADDING:
            if begin != len(data):
                raise RtpError("expected RTCP padding at the last packet, got it before", data)
            body = _without_padding(body)
        if kind == SENDER_REPORT:
            packets.append(_read_sender_report(body, count))
        elif kind == RECEIVER_REPORT:
            packets.append(_read_receiver_report(body, count))
        elif kind == SOURCE_DESCRIPTION:
            packets += _read_descriptions(body, count)
        elif kind == GOODBYE:
            packets.append(_read_goodbye(body, count))
    return packets


def _cut(data: bytes, begin: int) -> tuple[bytes, int, int]:
    """Body, count and type of the packet that begins here."""
    if begin + 4 > len(data):
        raise RtpError("expected an RTCP header, got the datagram's end", data[begin:])
    flags, kind, words = _head.unpack_from(data, begin)
    end = begin + 4 + 4 * words
    if flags & 0xC0 != _VERSION:
        raise RtpError(f"expected RTCP version 2, got {flags >> 6}", data[begin:])
    if end > len(data):
        raise RtpError(f"expected {4 * words} bytes of RTCP, got {len(data) - begin - 4}", data[begin:])
    return data[begin + 4 : end], flags & _COUNT, kind


def _without_padding(body: bytes) -> bytes:
    size = body[-1] if body else 0
    if not 0 < size <= len(body) or size % 4:
        raise RtpError(f"{size} bytes of padding in {len(body)} bytes of RTCP", body)
    return body[:-size]


def _read_sender_report(body: bytes, count: int) -> SenderReport:
    if len(body) < 24:
        raise RtpError(f"expected a sender report of 24 bytes, got {len(body)}", body)
    ntp, timestamp, packets, octets = _info.unpack_from(body, 4)
    return SenderReport(_number(body, 0), ntp, timestamp, packets, octets, _read_blocks(body, 24, count))


def _read_receiver_report(body: bytes, count: int) -> ReceiverReport:
    if len(body) < 4:
        raise RtpError("expected the SSRC of a receiver report, got nothing")
    return ReceiverReport(_number(body, 0), _read_blocks(body, 4, count))


def _read_blocks(body: bytes, begin: int, count: int) -> tuple[ReportBlock, ...]:
    """What follows the blocks is an extension of some profile."""
    if begin + count * _block.size > len(body):
        raise RtpError(f"expected {count} report blocks, got {len(body) - begin} bytes", body)
    blocks = []
    for place in range(begin, begin + count * _block.size, _block.size):
        ssrc, loss, *rest = _block.unpack_from(body, place)
        lost = loss & 0xFF_FFFF
        blocks.append(ReportBlock(ssrc, loss >> 24, lost - (lost >> 23 << 24), *rest))
    return tuple(blocks)


def _read_descriptions(body: bytes, count: int) -> list[SourceDescription]:
    found = []
    place = 0
    for _ in range(count):
        if place + 4 > len(body):
            raise RtpError("expected a chunk of a source description, got its end", body)
        ssrc = _number(body, place)
        place += 4
        while place < len(body) and body[place]:
            kind, size = body[place], body[place + 1] if place + 1 < len(body) else len(body)
            value = body[place + 2 : place + 2 + size]
            if len(value) < size:
                raise RtpError(f"expected an item of {size} bytes in a source description, got {len(value)}", body)
            place += 2 + size
            if kind == _CNAME:
                found.append(SourceDescription(ssrc, value.decode("utf-8", "replace")))
        if place >= len(body):
            raise RtpError("expected a null after the items of a source description", body)
        place += 4 - place % 4
    return found


def _read_goodbye(body: bytes, count: int) -> Goodbye:
    end = 4 * count
    if end > len(body):
        raise RtpError(f"expected {count} SSRCs in a BYE, got {len(body)} bytes", body)
    size = body[end] if end < len(body) else 0
    reason = body[end + 1 : end + 1 + size]
    if len(reason) < size:
        raise RtpError(f"expected a reason of {size} bytes in a BYE, got {len(reason)}", body)
    return Goodbye(tuple(_number(body, 4 * place) for place in range(count)), reason.decode("utf-8", "replace"))


def _number(body: bytes, place: int) -> int:
    return int.from_bytes(body[place : place + 4])


def _text(text: str) -> bytes:
    """At most as many bytes as an item can hold, cut between two characters."""
    return text.encode("utf-8", "replace")[:MAX_TEXT_BYTES].decode("utf-8", "ignore").encode()


def _joined(parts: Iterable[RtcpPacket | ReportBlock]) -> bytes:
    return b"".join(map(bytes, parts))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _head.pack(_VERSION | count, kind, len(body) // 4) + body
