"""RTP packets, and how they are told from RTCP on one port. Source: RFC 3550 §5.1, RFC 5761 §4.

Hot path: every packet received passes here. A named tuple costs 0.2 µs, where a frozen dataclass costs 0.5
(CPython 3.11); a packet without CSRCs, extension and padding is read by one unpack and one slice.
"""

from __future__ import annotations

import struct
from functools import partial
from typing import Final, NamedTuple

from sipflow.base.errors import RtpError

HEADER_BYTES: Final = 12
MAX_CSRCS: Final = 15  # RFC 3550 §5.1: CC has four bits
FIRST_RTCP_TYPE: Final = 192
LAST_RTCP_TYPE: Final = 223

_header: Final = struct.Struct("!BBHII")
_unpack: Final = _header.unpack_from
_extension_head: Final = struct.Struct("!HH")

_VERSION: Final = 0x80
_VERSION_MASK: Final = 0xC0
_PADDING: Final = 0x20
_EXTENSION: Final = 0x10
_CSRC_COUNT: Final = 0x0F
_MARKER: Final = 0x80


class Extension(NamedTuple):
    """A header extension. Source: RFC 3550 §5.3.1."""

    profile: int
    """The 16 bits that the profile defines, such as 0xBEDE of RFC 8285."""
    data: bytes
    """A multiple of four bytes."""


class RtpPacket(NamedTuple):
    """One RTP packet."""

    payload_type: int
    sequence_number: int
    timestamp: int
    """In ticks of the media clock; sampling instant of the payload's first byte."""
    ssrc: int
    payload: bytes
    marker: bool = False
    """The first packet of a talk spurt or of an event. Source: RFC 3551 §4.1, RFC 4733 §2.3."""
    csrcs: tuple[int, ...] = ()
    extension: Extension | None = None
    padding_bytes: int = 0
    """How many bytes of padding follow the payload, the byte that counts them included; at most 255."""

    @classmethod
    def parse(cls, data: bytes) -> RtpPacket:
        """Read a datagram. Raises RtpError where it is no RTP packet."""
        if len(data) < HEADER_BYTES:
            raise RtpError(f"expected an RTP header of {HEADER_BYTES} bytes, got {len(data)}", data)
        flags, kind, sequence_number, timestamp, ssrc = _unpack(data)
        if flags == _VERSION:
            return _make((kind & 0x7F, sequence_number, timestamp, ssrc, data[HEADER_BYTES:], kind > 0x7F, (), None, 0))
        if flags & _VERSION_MASK != _VERSION:
            raise RtpError(f"expected RTP version 2, got {flags >> 6}", data)
        csrcs, extension, begin = _read_optional(data, flags)
        padding_bytes = 0
        if flags & _PADDING:
            padding_bytes = data[-1]
            if not 0 < padding_bytes <= len(data) - begin:
                raise RtpError(f"{padding_bytes} bytes of padding in {len(data) - begin} bytes of payload", data)
        payload = data[begin : len(data) - padding_bytes]
        marker = kind > 0x7F
        return cls(kind & 0x7F, sequence_number, timestamp, ssrc, payload, marker, csrcs, extension, padding_bytes)

    def __bytes__(self) -> bytes:
        flags = _VERSION | len(self.csrcs)
        parts = [b"", b"".join(csrc.to_bytes(4) for csrc in self.csrcs)]
        if self.extension:
            flags |= _EXTENSION
            profile, data = self.extension
            parts += [_extension_head.pack(profile, len(data) // 4), data]
        parts.append(self.payload)
        if self.padding_bytes:
            flags |= _PADDING
            parts.append(bytes(self.padding_bytes - 1) + bytes([self.padding_bytes]))
        kind = self.payload_type | (_MARKER if self.marker else 0)
        parts[0] = _header.pack(flags, kind, self.sequence_number, self.timestamp, self.ssrc)
        return b"".join(parts)


_make: Final = partial(tuple.__new__, RtpPacket)
"""A packet of all its fields, half as dear as by their names."""


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram on a port of both is RTCP; says nothing of whether it is a good one.

    Payload types 64 to 95 are not used where both share a port. Source: RFC 5761 §4.
    """
    return len(data) > 1 and FIRST_RTCP_TYPE <= data[1] <= LAST_RTCP_TYPE


def _read_optional(data: bytes, flags: int) -> tuple[tuple[int, ...], Extension | None, int]:
    """CSRCs, header extension, and where the payload begins."""
    count = flags & _CSRC_COUNT
    begin = HEADER_BYTES + 4 * count
    if begin > len(data):
        raise RtpError(f"expected {count} CSRCs, got {len(data) - HEADER_BYTES} bytes after the header", data)
    csrcs = struct.unpack_from(f"!{count}I", data, HEADER_BYTES)
    if not flags & _EXTENSION:
        return csrcs, None, begin
    if begin + 4 > len(data):
        raise RtpError("expected a header extension, got the packet's end", data)
    profile, words = _extension_head.unpack_from(data, begin)
    begin += 4
    end = begin + 4 * words
    if end > len(data):
        raise RtpError(f"expected a header extension of {4 * words} bytes, got {len(data) - begin}", data)
    return csrcs, Extension(profile, data[begin:end]), end
