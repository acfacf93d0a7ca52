"""Streams in memory and in virtual time, for the tests of media."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sipflow.base.ids import RandomIds
from sipflow.base.sayings import Saying
from sipflow.media import Idle, MediaStream, StreamReport, StreamSettings
from sipflow.rtp import RtpPacket, is_rtcp
from sipflow.sdp import CODECS, TELEPHONE_EVENT, Codec, Direction, Session
from sipflow.testing import MemoryMediaPort, MemoryMediaPorts, VirtualClock, Weather

HOST = "127.0.0.1"
G711 = CODECS["PCMU"]
EXPECTED = {0: G711, 8: CODECS["PCMA"], 101: TELEPHONE_EVENT}


class Told:
    """Notes what a stream tells."""

    def __init__(self) -> None:
        self.digits: list[tuple[str, int]] = []
        self.tones = ""
        self.changes: list[str] = []
        self.report: StreamReport | None = None

    def digit_received(self, digit: str, duration_ms: int) -> None:
        self.digits.append((digit, duration_ms))

    def tone_received(self, digit: str) -> None:
        self.tones += digit

    def media_changed(self, what: str, detail: str | Saying, report: StreamReport | None = None) -> None:
        self.changes.append(f"{what} {detail}".rstrip() if report is None else what)
        self.report = report or self.report


class Heard:
    """A sink that notes what comes."""

    def __init__(self) -> None:
        self.packets: list[tuple[str, RtpPacket]] = []
        self.times: list[float] = []
        self.sent_frames: list[bytes] = []
        self.has_ended = False

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        self.packets.append((codec, packet))
        self.times.append(now)

    def sent(self, codec: str, payload: bytes, due: float) -> None:
        self.sent_frames.append(payload)

    def end(self) -> None:
        self.has_ended = True

    @property
    def sound(self) -> bytes:
        """All payloads, in the order in which they came."""
        return b"".join(packet.payload for _, packet in self.packets)


class Sound:
    """Frames of one byte each, again and again: 1, 2, 3, …"""

    def __init__(self, frames: int) -> None:
        self._left = frames
        self.asked: list[tuple[str, int]] = []
        self.is_closed = False

    def next_frame(self, codec: str, ticks: int) -> bytes | None:
        self.asked.append((codec, ticks))
        if not self._left:
            return None
        self._left -= 1
        return bytes([len(self.asked) & 0x7F]) * ticks

    def close(self) -> None:
        self.is_closed = True


class End:
    """A stream on a port of its own."""

    def __init__(self, ports: MemoryMediaPorts, settings: StreamSettings, seed: int) -> None:
        self.ports = ports
        self.port: MemoryMediaPort = ports.open(HOST)
        clock = VirtualClock(asyncio.get_running_loop())
        self.stream = MediaStream(self.port, ports.ticker, clock=clock, ids=RandomIds(seed), settings=settings)
        self.told = self.stream.listener = Told()
        self.heard = Heard()
        self.stream.add_sink(self.heard)
        self.stream.expect(EXPECTED)

    def close(self) -> None:
        self.stream.close()
        self.port.close()

    def sent(self) -> list[RtpPacket]:
        """The packets that it sent, from the tap of its ports."""
        own = (HOST, self.port.port)
        return [RtpPacket.parse(p.data) for p in self.ports.tap or () if p.source == own and not is_rtcp(p.data)]

    def reports(self) -> list[bytes]:
        """The RTCP that it sent."""
        return [p.data for p in self.ports.tap or () if p.source == (HOST, self.port.port + 1)]


def agreed(
    end: End,
    codec: Codec = G711,
    direction: Direction = Direction.SENDRECV,
    ptime_ms: int = 20,
    events: Codec | None = TELEPHONE_EVENT,
) -> Session:
    """An agreement to send to this end."""
    return Session(codec, events, direction, HOST, end.port.port, ptime_ms, end.port.port + 1)


def pair(weather: Weather | None = None, idle: Idle = Idle.SILENCE) -> tuple[End, End]:
    """Two ends that have agreed on PCMU both ways; what they send is tapped."""
    ports = MemoryMediaPorts(weather=weather or Weather())
    ports.tap = []
    here, there = (End(ports, StreamSettings(idle), seed) for seed in (1, 2))
    here.stream.agree(agreed(there))
    there.stream.agree(agreed(here))
    return here, there


def held(session: Session, direction: Direction) -> Session:
    """The same agreement with another direction."""
    return replace(session, local_direction=direction)
