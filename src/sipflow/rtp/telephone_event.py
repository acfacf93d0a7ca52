"""DTMF digits and other events in RTP: their payload, and what sends one. Source: RFC 4733."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from sipflow.base.errors import LocalProtocolError, RtpError
from sipflow.base.sayings import Saying
from sipflow.rtp.sender import RtpSender

MAX_DURATION: Final = 0xFFFF  # RFC 4733 §2.3.5
MAX_VOLUME: Final = 63  # RFC 4733 §2.3.4: six bits, in dBm0 without the sign
MAX_EVENTS: Final = 16
"""As many events of one packet are read; more come from nobody."""
ENDS: Final = 3  # RFC 4733 §2.5.1.4: the last packet of an event, or of a segment, goes out three times

_block: Final = struct.Struct("!BBH")
_END: Final = 0x80


class EventBlock(NamedTuple):
    """One event as a packet reports it. Source: RFC 4733 §2.3."""

    code: int
    duration: int
    """So far, in ticks of the media clock."""
    is_end: bool = False
    volume_dbm0: int = 10
    """Power without its sign: 10 is -10 dBm0, 63 the quietest."""

    def __bytes__(self) -> bytes:
        return _block.pack(self.code, (_END if self.is_end else 0) | self.volume_dbm0, self.duration)


def parse_events(payload: bytes) -> list[EventBlock]:
    """The events of a packet, each beginning where the one before it ends; usually one.

    Raises RtpError where there is none, or something else. Source: RFC 4733 §2.3, §2.5.1.5.
    """
    if not payload or len(payload) % _block.size:
        raise RtpError(f"expected telephone-events of {_block.size} bytes each, got {len(payload)} bytes", payload)
    return [
        EventBlock(code, duration, bool(flags & _END), flags & MAX_VOLUME)
        for code, flags, duration in _block.iter_unpack(payload[: _block.size * MAX_EVENTS])
    ]


class EventSender:
    """Sends one event in the stream of an `RtpSender`, in place of its audio.

    Call `packets` once a packet time until `is_done`. Before `is_over` it stands for `RtpSender.packet`; after that the
    last packet goes out twice more, and the media clock is the caller's again: `RtpSender.packet` or `skip`.
    """

    __slots__ = (
        "_begun",
        "_clock_hz",
        "_code",
        "_duration",
        "_is_first",
        "_left",
        "_payload_type",
        "_repeats",
        "_sender",
        "_volume",
    )

    def __init__(
        self,
        sender: RtpSender,
        payload_type: int,
        code: int,
        duration_ticks: int,
        volume_dbm0: int = 10,
        clock_hz: int = 0,
    ) -> None:
        """The event lasts `duration_ticks` of its clock, that of the media unless another one is given: 1,280 are
        160 ms at 8 kHz. Its timestamps are the media's in any case (RFC 4733 §2.1).

        `volume_dbm0` is without its sign; 0 for an event that has none (RFC 4733 §2.3.4).
        """
        if not (0 <= code <= 0xFF and duration_ticks > 0 and 0 <= volume_dbm0 <= MAX_VOLUME):
            raise LocalProtocolError(Saying.of("not-an-event", event=code, ticks=duration_ticks, volume=volume_dbm0))
        self._sender = sender
        self._payload_type = payload_type
        self._clock_hz = clock_hz or sender.clock_hz
        self._code = code
        self._volume = volume_dbm0
        self._left = duration_ticks
        self._begun = 0
        """Timestamp of the segment."""
        self._duration = 0
        """Of the segment, so far."""
        self._is_first = True
        self._repeats: list[tuple[int, bytes, int]] = []
        """Timestamp and payload of last packets, and how often they are still to be sent."""

    @property
    def is_over(self) -> bool:
        """Whether the event has ended, so that audio may be heard again."""
        return not self._left

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left to be sent."""
        return self.is_over and not self._repeats

    def packets(self, ticks: int, now: float) -> list[bytes]:
        """What goes out at this packet time, of `ticks` of the media clock: mostly one packet, more where a long event
        is cut in segments.

        Until `is_over` the sender's media clock goes on by `ticks` here; after that it is the caller's.
        """
        sent = [self._send(timestamp, payload) for timestamp, payload, _ in self._repeats]
        self._repeats = [(timestamp, payload, left - 1) for timestamp, payload, left in self._repeats if left > 1]
        if self._left:
            if self._is_first:
                self._begun = self._sender.timestamp
            self._sender.skip(ticks, now)
            media_hz = self._sender.clock_hz
            step = min(ticks * self._clock_hz // media_hz, self._left)
            self._left -= step
            self._duration += step
            while self._duration > MAX_DURATION:
                sent.append(self._last(MAX_DURATION, is_end=False))
                self._begun = (self._begun + MAX_DURATION * media_hz // self._clock_hz) & 0xFFFF_FFFF
                self._duration -= MAX_DURATION
            if self._left:
                sent.append(self._send(self._begun, self._payload(self._duration, is_end=False)))
            else:
                sent.append(self._last(self._duration, is_end=True))
        return sent

    def _payload(self, duration: int, *, is_end: bool) -> bytes:
        return bytes(EventBlock(self._code, duration, is_end, self._volume))

    def _last(self, duration: int, *, is_end: bool) -> bytes:
        """The last packet of the event or, without an end, of a segment. Source: RFC 4733 §2.5.1.3, §2.5.1.4."""
        payload = self._payload(duration, is_end=is_end)
        self._repeats.append((self._begun, payload, ENDS - 1))
        return self._send(self._begun, payload)

    def _send(self, timestamp: int, payload: bytes) -> bytes:
        marker, self._is_first = self._is_first, False
        return self._sender.timed_packet(self._payload_type, payload, timestamp, marker=marker)
