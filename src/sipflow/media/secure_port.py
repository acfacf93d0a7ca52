"""A port whose packets are protected: what stands between a stream and its sockets. A stream knows nothing of it.

Where RTP and RTCP have ports of their own, they have handshakes of their own; where they share one, there is one
handshake. Source: RFC 5764 §3.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from sipflow.base import sayings
from sipflow.base.sayings import Saying
from sipflow.media.handshake import Handshake
from sipflow.media.identity import own_identity
from sipflow.media.ports import PacketReader, RtpPort, Source
from sipflow.media.srtp import BROKEN, EARLY, FORGED, REPLAYED, Inbound, Outbound
from sipflow.rtp import is_rtcp
from sipflow.sdp import DtlsTerms, SdesTerms, Session, Terms

logger = logging.getLogger(__name__)

HANDSHAKE_LIMIT_S: Final = 15.0
"""After so long without keys the media has failed."""
MAX_EARLY: Final = 8
"""Datagrams of a handshake that are kept when they come before the answer to our offer."""
_STUN: Final = range(4)  # RFC 7983 §7: by the first byte
_DTLS: Final = range(20, 64)

Told = Callable[[str, sayings.Told], None]
"""What has happened, and the particulars; never a key."""


class _Channel:
    """One of the two ports: its keys, and its handshake where there is one."""

    __slots__ = ("early", "handshake", "inbound", "limit", "outbound", "send", "target", "timer")

    def __init__(self, send: Callable[[bytes, Source], bool]) -> None:
        self.send = send
        self.target: Source | None = None
        """Where a handshake that we begin goes; its answers go where they are asked from."""
        self.inbound: Inbound | None = None
        self.outbound: Outbound | None = None
        self.handshake: Handshake | None = None
        self.early: deque[tuple[bytes, Source]] = deque(maxlen=MAX_EARLY)
        self.timer: asyncio.TimerHandle | None = None
        self.limit: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Forget keys and handshake."""
        for timer in (self.timer, self.limit):
            if timer is not None:
                timer.cancel()
        self.timer = self.limit = self.handshake = self.inbound = self.outbound = None


class SecurePort:
    """An `RtpPort` over another one. Nothing passes before there is an answer, nor without keys where some are due."""

    __slots__ = ("_channels", "_early_packets", "_in_use", "_is_failed", "_is_plain", "_loop", "_past", "_port",
                 "_reader", "_terms", "_told")  # fmt: skip

    def __init__(self, port: RtpPort, told: Told) -> None:
        self._port = port
        self._told = told
        self._reader: PacketReader | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._terms: Terms | None = None
        self._is_plain = False
        self._is_failed = False
        self._channels = (_Channel(port.send_rtp), _Channel(port.send_rtcp))
        self._in_use: tuple[_Channel, ...] = self._channels
        self._early_packets = 0
        self._past: Counter[str] = Counter()

    @property
    def host(self) -> str:
        return self._port.host

    @property
    def port(self) -> int:
        return self._port.port

    @property
    def faults(self) -> Counter[str]:
        """How many packets could not be taken, by what was wrong with them."""
        halves = {id(channel.inbound): channel.inbound for channel in self._channels}
        own = Counter({EARLY: self._early_packets}) if self._early_packets else Counter()
        return sum((half.faults for half in halves.values() if half is not None), self._past + own)

    def agree(self, session: Session | None) -> None:
        """Protect by this agreement from now on; None is one without audio. What has not changed goes on as it is."""
        if session is None or session.codec is None:
            return
        rtp, rtcp = self._channels
        rtp.target = (session.remote_host, session.remote_port)
        rtcp.target = (session.remote_host, session.remote_rtcp_port)
        before, self._terms = self._terms, session.security
        self._in_use = (rtp,) if session.is_muxed else self._channels
        if before == self._terms and (before is not None or self._is_plain):
            if isinstance(self._terms, DtlsTerms) and self._in_use[-1].handshake is None:
                self._shake_hands(rtcp, self._terms)  # RTCP is to have its own port from now on
            return
        self._is_plain = session.security is None
        self._is_failed = False
        match session.security:
            case SdesTerms() as terms:
                self._take_keys(terms, before)
            case DtlsTerms() as terms:
                self._stop()
                for channel in self._in_use:
                    self._shake_hands(channel, terms)
            case None:
                self._stop()
                self._told("stream-plain", Saying.of("no-protection"))

    def read(self, reader: PacketReader, dscp: int = 0) -> None:
        self._reader = reader
        self._port.read(self, dscp)

    def send_rtp(self, data: bytes, target: Source) -> bool:
        """Returns False also while there is no key."""
        if self._is_plain:
            return self._port.send_rtp(data, target)
        half = self._channels[0].outbound
        packet = None if half is None else half.rtp(data)
        return packet is not None and self._port.send_rtp(packet, target)

    def send_rtcp(self, data: bytes, target: Source, *, is_muxed: bool = False) -> bool:
        if self._is_plain:
            return self._port.send_rtcp(data, target, is_muxed=is_muxed)
        half = self._channels[0 if is_muxed else 1].outbound
        packet = None if half is None else half.rtcp(data)
        return packet is not None and self._port.send_rtcp(packet, target, is_muxed=is_muxed)

    def close(self) -> None:
        """Close the port below; may be called twice."""
        faults = self.faults
        self._stop()
        self._early_packets = 0
        self._past.clear()
        self._reader = None
        if faults:
            self._told("stream-faults", _shown(faults))
        self._port.close()

    # What comes

    def rtp_received(self, data: bytes, source: Source) -> None:
        """A datagram came to the port of RTP: sorted by its first byte (RFC 7983)."""
        channel = self._channels[0]
        if data and data[0] in _DTLS and not self._is_plain:
            self._handshake_received(channel, data, source)
        elif self._reader is None:
            return
        elif self._is_plain:
            self._reader.rtp_received(data, source)
        elif data and data[0] in _STUN:
            return
        elif channel.inbound is None:
            self._early_packets += 1
        else:
            clear = channel.inbound.rtcp(data) if is_rtcp(data) else channel.inbound.rtp(data)
            if clear is not None:
                self._reader.rtp_received(clear, source)

    def rtcp_received(self, data: bytes, source: Source) -> None:
        """Likewise for the port of RTCP."""
        channel = self._channels[1]
        if data and data[0] in _DTLS and not self._is_plain:
            self._handshake_received(channel, data, source)
        elif self._reader is None:
            return
        elif self._is_plain:
            self._reader.rtcp_received(data, source)
        elif data and data[0] in _STUN:
            return
        elif channel.inbound is None:
            self._early_packets += 1
        else:
            clear = channel.inbound.rtcp(data)
            if clear is not None:
                self._reader.rtcp_received(clear, source)

    # Where the keys come from

    def _take_keys(self, terms: SdesTerms, before: Terms | None) -> None:
        """A half whose key has not changed stays as it is."""
        rtp = self._channels[0]
        outbound, inbound = rtp.outbound, rtp.inbound
        kept = before if isinstance(before, SdesTerms) and before.suite == terms.suite else None
        if kept is None or outbound is None or kept.ours != terms.ours:
            outbound = Outbound(terms.suite, terms.ours)
        if kept is None or inbound is None or kept.theirs != terms.theirs:
            inbound = Inbound(terms.suite, terms.theirs)
            self._remember()
        for channel in self._channels:
            if kept is None:
                channel.stop()
            channel.outbound, channel.inbound = outbound, inbound
        self._told("stream-secured", str(terms))

    def _shake_hands(self, channel: _Channel, terms: DtlsTerms) -> None:
        self._loop = asyncio.get_running_loop()
        channel.handshake = Handshake(own_identity(), terms.fingerprints, is_client=terms.is_client)
        channel.limit = self._loop.call_later(HANDSHAKE_LIMIT_S, self._too_long, channel)
        if terms.is_client and channel.target is not None and _is_address(channel.target[0]):
            self._go_on(channel, channel.handshake.begin(), channel.target)
        early, channel.early = channel.early, deque(maxlen=MAX_EARLY)
        for data, source in early:
            self._handshake_received(channel, data, source)

    def _handshake_received(self, channel: _Channel, data: bytes, source: Source) -> None:
        if channel.handshake is None:
            channel.early.append((data, source))
        else:
            self._go_on(channel, channel.handshake.receive(data), source)

    def _timer_fired(self, channel: _Channel, target: Source) -> None:
        channel.timer = None
        if channel.handshake is not None:
            self._go_on(channel, channel.handshake.timer_fired(), target)

    def _too_long(self, channel: _Channel) -> None:
        channel.limit = None
        if channel.handshake is not None and channel.target is not None:
            channel.handshake.give_up(Saying.of("dtls-too-long", limit_s=round(HANDSHAKE_LIMIT_S)))
            self._go_on(channel, [], channel.target)

    def _go_on(self, channel: _Channel, datagrams: list[bytes], target: Source) -> None:
        """Send what a handshake wants sent, and see how it stands."""
        handshake = channel.handshake
        assert handshake is not None
        assert self._loop is not None
        for datagram in datagrams:
            channel.send(datagram, target)
        if channel.timer is not None:
            channel.timer.cancel()
            channel.timer = None
        if not handshake.is_over:
            timer_s = handshake.timer_s
            if timer_s is not None:
                channel.timer = self._loop.call_later(timer_s, self._timer_fired, channel, target)
            return
        if channel.limit is not None:
            channel.limit.cancel()
            channel.limit = None
        if handshake.keys is not None and channel.inbound is None:
            suite, ours, theirs = handshake.keys
            channel.outbound, channel.inbound = Outbound(suite, ours), Inbound(suite, (theirs,))
            if channel is self._channels[0]:
                self._told("stream-secured", f"{self._terms}, {suite.name}")
        elif handshake.error is not None and channel is self._channels[0] and not self._is_failed:
            self._is_failed = True
            self._told("stream-failed", handshake.error)

    def _stop(self) -> None:
        self._remember()
        for channel in self._channels:
            channel.stop()

    def _remember(self) -> None:
        """Keep the counts of keys that are about to go."""
        halves = {id(channel.inbound): channel.inbound for channel in self._channels if channel.inbound is not None}
        for half in halves.values():
            self._past += half.faults


def _shown(faults: Counter[str]) -> Saying:
    return Saying.of(
        "srtp-faults", forged=faults[FORGED], replayed=faults[REPLAYED], early=faults[EARLY], broken=faults[BROKEN]
    )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
