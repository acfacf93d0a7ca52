"""The media of one call: one stream each way on one port, from the first description of ours to the call's end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Protocol

from sipflow.base.clock import Clock
from sipflow.base.errors import RtpError
from sipflow.base.ids import Ids
from sipflow.base.sayings import Saying, Told
from sipflow.media.control import Control
from sipflow.media.incoming import Incoming
from sipflow.media.outgoing import Digits, Idle, Outgoing, Playback
from sipflow.media.ports import RtpPort, Source
from sipflow.media.report import StreamReport, report_of
from sipflow.media.sink import Sink
from sipflow.media.ticker import Beat, Ticker
from sipflow.rtp import HeardEvent, RtpPacket, is_rtcp
from sipflow.sdp import Codec, Session

logger = logging.getLogger(__name__)

MAX_COLLISIONS: Final = 3
"""As often another SSRC is taken where somebody else has ours; after that they are copying us."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How streams are sent."""

    idle: Idle = Idle.SILENCE
    dscp: int = 0
    """Of all packets, 0 to 63; 46 is expedited forwarding."""
    hears_tones: bool = False
    """Whether digits are also heard as tones in the sound."""


class StreamListener(Protocol):
    """Who is told of what happens in a stream."""

    def digit_received(self, digit: str, duration_ms: int) -> None:
        """A telephone-event has ended."""
        ...

    def tone_received(self, digit: str) -> None:
        """A digit was recognized in the sound."""
        ...

    def media_changed(self, what: str, detail: Told, report: StreamReport | None = None) -> None:
        """Something happened that people want to see; the report comes at the end of a stream in which media flowed."""
        ...


class MediaStream:
    """Sends and receives on one port. It reads from the start: media may come before any answer (RFC 3264 §5.1)."""

    __slots__ = (
        "_beat", "_collisions", "_control", "_event_timer", "_is_closed", "_is_started", "_loop", "_port",
        "_rtcp_target", "_target", "_ticker", "failure", "hears_tones", "incoming", "listener", "located", "outgoing",
        "sent", "session", "unsent",
    )  # fmt: skip

    def __init__(self, port: RtpPort, ticker: Ticker, *, clock: Clock, ids: Ids, settings: StreamSettings) -> None:
        """The port stays its owner's, who closes it after the stream."""
        self.listener: StreamListener | None = None
        self.session: Session | None = None
        """What is agreed on; None before."""
        self.incoming = Incoming()
        self.outgoing = Outgoing(ids, settings.idle)
        self.sent = 0
        """Packets that went out, under whatever SSRC."""
        self.unsent = 0
        """Packets that the system did not take."""
        self.failure: Told | None = None
        """Why no media can flow: the port could not be protected as agreed, or the other side's host is unknown."""
        self.located: asyncio.Event | None = None
        """Set once it is known where the other side's host is, or that it can't be known; None where nobody asks."""
        self._port = port
        self._ticker = ticker
        self._loop = asyncio.get_running_loop()
        self._control = Control(ids, clock, self._send_rtcp)
        self._beat: Beat | None = None
        self._target: Source | None = None
        self._rtcp_target: Source | None = None
        self._event_timer: asyncio.TimerHandle | None = None
        self._collisions = 0
        self._is_started = False
        self._is_closed = False
        self.hears_tones = settings.hears_tones
        if self.hears_tones:
            from sipflow.media.digit_ear import DigitEar  # numpy is imported where it is needed

            self.add_sink(DigitEar(self._hear_tone))
        port.read(self, settings.dscp)

    @property
    def port(self) -> int:
        """Where it takes RTP."""
        return self._port.port

    # What is agreed

    def expect(self, codecs: Mapping[int, Codec]) -> None:
        """What payload types mean in what comes, by our own description."""
        self.incoming.expect(codecs)

    @property
    def control(self) -> Control:
        """What is reported, both ways."""
        return self._control

    def agree(self, session: Session | None) -> None:
        """Send and take media by this agreement from now on; None is one without audio."""
        if self._is_closed or session == self.session:
            return
        now = self._loop.time()
        before, self.session = self.session, session
        codec = None if session is None else session.codec
        self._target = self._rtcp_target = None
        if session is not None and codec is not None and session.remote_port and _is_reachable(session.remote_host):
            self._target = (session.remote_host, session.remote_port)
            self._rtcp_target = (session.remote_host, session.remote_rtcp_port)
        may_send = self._target is not None and session is not None and session.local_direction.sends
        sender = self.outgoing.sender
        self.outgoing.agree(session, may_send=may_send, now=now)
        self.incoming.agree(self._target)
        if self._beat is not None and (before is None or session is None or before.ptime_ms != session.ptime_ms):
            self._ticker.stop(self._beat)
            self._beat = None
        self._look_at_beat()
        if codec is not None and session is not None:
            if self.outgoing.sender is not None and self.outgoing.sender is not sender:
                self._control.start(self.outgoing.sender, self.incoming.sources_at(codec.clock_hz), now)
            what = "stream-changed" if self._is_started else "stream-started"
            self._is_started = True
            peer = _shown(self._target)
            self._tell(what, Saying.of("stream-with", codec=codec.name, direction=session.local_direction, peer=peer))

    # What is sent

    def play(self, playback: Playback) -> None:
        """Play a sound; one that plays already ends. While we may not send, its time passes all the same."""
        self.outgoing.play(playback, self._loop.time())
        self._look_at_beat()

    def interject(self, interlude: Playback) -> None:
        """Play this first, until it ends; what plays already waits for that."""
        self.outgoing.interject(interlude, self._loop.time())
        self._look_at_beat()

    def stop_playing(self) -> None:
        """Play nothing more."""
        self.outgoing.stop_playing()

    def send_digits(self, digits: str, duration_ms: int, pause_ms: int, on_end: Callable[[], None]) -> Digits:
        """Send DTMF digits as telephone-events; `on_end` is called once, after the last one or when it is cut off."""
        sent = self.outgoing.send_digits(digits, duration_ms, pause_ms, on_end, self._loop.time())
        self._look_at_beat()
        return sent

    def tick(self, due: float) -> None:
        """A packet time has come."""
        packets = self.outgoing.tick(due)
        for packet in packets:
            if self._target is not None and self._port.send_rtp(packet, self._target):
                self.sent += 1
            else:
                self.unsent += 1
        if not packets and not self.outgoing.is_wanted:
            self._look_at_beat()

    def skip(self, ticks: int, due: float) -> None:
        """Packet times have passed in which nothing could be sent."""
        self.outgoing.skip(ticks, due)

    def _look_at_beat(self) -> None:
        """Be ticked as long as there is anything to do."""
        is_wanted = self.outgoing.is_wanted and self.session is not None and not self._is_closed
        if is_wanted and self._beat is None and self.session is not None:
            self._beat = self._ticker.add(self, self.session.ptime_ms)
        elif not is_wanted and self._beat is not None:
            self._ticker.stop(self._beat)
            self._beat = None

    def _send_rtcp(self, data: bytes) -> None:
        if self._rtcp_target is not None and self.session is not None:
            self._port.send_rtcp(data, self._rtcp_target, is_muxed=self.session.is_muxed)

    # What comes

    def add_sink(self, sink: Sink) -> None:
        """Let somebody listen, until `remove_sink`."""
        self.incoming.sinks = self.outgoing.sinks = (*self.incoming.sinks, sink)

    def remove_sink(self, sink: Sink) -> None:
        """May be called twice."""
        left = tuple(other for other in self.incoming.sinks if other is not sink)
        self.incoming.sinks = self.outgoing.sinks = left

    def rtp_received(self, data: bytes, source: Source) -> None:
        now = self._loop.time()
        if is_rtcp(data):  # RFC 5761 §4: some send it here without having asked
            self._rtcp_came(data, now)
            return
        try:
            packet = RtpPacket.parse(data)
        except RtpError:
            self.incoming.malformed += 1
            return
        sender = self.outgoing.sender
        if sender is not None and packet.ssrc == sender.ssrc and not sender.has_sent(packet):
            self._collide(now)
        told = self.incoming.receive(packet, source, now)
        if told:
            self._hear(told)
        if self._event_timer is None and self.incoming.events is not None:
            self._arm_event_timer()

    def rtcp_received(self, data: bytes, source: Source) -> None:  # noqa: ARG002 - reports are known by SSRC
        self._rtcp_came(data, self._loop.time())

    def _rtcp_came(self, data: bytes, now: float) -> None:
        if self._control.receive(data, now):
            self._collide(now)

    def _collide(self, now: float) -> None:
        """Somebody else has our SSRC: take another. Source: RFC 3550 §8.2."""
        sender = self.outgoing.sender
        if sender is None or self._collisions >= MAX_COLLISIONS:
            return
        self._collisions += 1
        logger.debug("another stream has our SSRC %08x: it is changed", sender.ssrc)
        self._control.change_ssrc(now)

    def _hear(self, events: list[HeardEvent]) -> None:
        for event in events:
            if event.is_over and event.digit is not None and self.listener is not None:
                ticks_per_ms = self.incoming.event_clock_hz // 1000
                self.listener.digit_received(event.digit, event.duration // ticks_per_ms)

    def _hear_tone(self, digit: str) -> None:
        if self.listener is not None:
            self.listener.tone_received(digit)

    def _arm_event_timer(self) -> None:
        due = self.incoming.next_timer()
        self._event_timer = None if due is None else self._loop.call_at(due, self._event_due)

    def _event_due(self) -> None:
        self._event_timer = None
        self._hear(self.incoming.handle_timers(self._loop.time()))
        self._arm_event_timer()

    def _tell(self, what: str, detail: Told) -> None:
        if self.listener is not None:
            self.listener.media_changed(what, detail)

    def report(self) -> StreamReport | None:
        """How the stream has been so far; None before there is one."""
        incoming, sender = self.incoming, self.outgoing.sender
        codec = None if self.session is None else self.session.codec
        if sender is None or incoming.sources is None:
            return None
        name = "" if codec is None else codec.name
        return report_of(name, sender, self.sent, incoming, self._control)

    # The end

    def close(self) -> None:
        """End everything with an RTCP BYE; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if self.located is not None:
            self.located.set()
        self._look_at_beat()
        self.outgoing.close()
        report = self.report()
        self._control.stop(self._loop.time())
        if self._event_timer is not None:
            self._event_timer.cancel()
            self._event_timer = None
        if self._is_started and self.listener is not None:
            self.listener.media_changed("stream-stopped", "")
            if report is not None and (report.packets_sent or report.packets_received):
                self.listener.media_changed("statistics", report.told(), report)
        sinks, self.incoming.sinks = self.incoming.sinks, ()
        for sink in sinks:
            sink.end()
        self.listener = None


def _is_reachable(host: str) -> bool:
    """Whether it is an address that media can be sent to; a name is none yet, and 0.0.0.0 asks for nothing."""
    try:
        return not ip_address(host).is_unspecified
    except ValueError:
        return False


def _shown(target: Source | None) -> str:
    if target is None:
        return "nobody"
    host, port = target
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
