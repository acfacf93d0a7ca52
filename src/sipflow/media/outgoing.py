"""What a stream sends: digits before sound before silence.

Shaped by speed: a packet of silence is one constant and one header; nothing of numpy is imported for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, Protocol

from sipflow.base.errors import AudioError, CodecUnavailable
from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.media.codecs import find_kind
from sipflow.media.sink import Sink
from sipflow.rtp import EventSender, RtpSender, event_code
from sipflow.sdp import Session

PROGRESS_MS: Final = 5_000
"""How often people are told how far a sound is."""


class Idle(StrEnum):
    """What is sent while nothing plays."""

    SILENCE = "silence"
    NONE = "none"


class Frames(Protocol):
    """Sound, packet by packet."""

    def next_frame(self, codec: str, ticks: int) -> bytes | None:
        """The payload of the next packet in this encoding, which lasts so many ticks of its clock; None at the end.

        Raises AudioError where the sound can't be read on, CodecUnavailable where it can't be coded.
        """
        ...

    def close(self) -> None:
        """Give back what is held; may be called twice."""
        ...


class Playback:
    """A sound on its way out."""

    __slots__ = ("_frames", "_on_end", "_on_progress", "failure", "is_complete", "played_ms")

    def __init__(
        self, frames: Frames, on_end: Callable[[], None], on_progress: Callable[[int], None] | None = None
    ) -> None:
        """`on_end` is called once: when it is over, or will be played no further; `on_progress` every 5 s."""
        self._frames: Frames | None = frames
        self._on_end: Callable[[], None] | None = on_end
        self._on_progress = on_progress
        self.played_ms = 0
        self.failure: Told = ""
        """Why it could not be played on."""
        self.is_complete = False
        """Whether it has been played to its end."""

    def next_frame(self, codec: str, ticks: int, ptime_ms: int) -> bytes | None:
        """The payload of its next packet; None at its end."""
        frame = None
        try:
            frame = None if self._frames is None else self._frames.next_frame(codec, ticks)
        except (AudioError, CodecUnavailable) as error:
            self.failure = error.said
        if frame is None:
            self.is_complete = self._frames is not None and not self.failure
            self.end()
            return None
        before, self.played_ms = self.played_ms, self.played_ms + ptime_ms
        if self._on_progress is not None and before // PROGRESS_MS != self.played_ms // PROGRESS_MS:
            self._on_progress(self.played_ms)
        return frame

    def end(self) -> None:
        """Play it no further."""
        frames, self._frames, self._on_progress = self._frames, None, None
        if frames is not None:
            frames.close()
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()


class Digits:
    """DTMF digits on their way out, one after another."""

    __slots__ = ("_events", "_on_end", "_pause_left", "_pause_ticks", "is_complete")

    def __init__(self, events: Iterable[EventSender], pause_ticks: int, on_end: Callable[[], None]) -> None:
        self._events = deque(events)
        self._pause_ticks = pause_ticks
        self._pause_left = 0
        self._on_end: Callable[[], None] | None = on_end
        self.is_complete = False
        """Whether all of them have been sent."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to be sent."""
        return not self._events

    def tick(self, ticks: int, now: float) -> tuple[list[bytes], bool]:
        """What goes out at this packet time, and whether it stands in the place of audio."""
        if self._pause_left > 0:
            self._pause_left -= ticks
            return [], False
        event = self._events[0]
        is_heard = not event.is_over
        packets = event.packets(ticks, now)
        if event.is_done:
            self._next(ticks)
        return packets, is_heard

    def _next(self, ticks: int) -> None:
        self._events.popleft()
        if self._events:
            self._pause_left = self._pause_ticks - 2 * ticks  # the end, sent twice more, is part of the pause
        else:
            self.is_complete = True
            self.end()

    def end(self) -> None:
        """Send no more of them."""
        self._events.clear()
        on_end, self._on_end = self._on_end, None
        if on_end is not None:
            on_end()


class Outgoing:
    """The packets of one stream, in the order in which they are sent."""

    __slots__ = (
        "_digits",
        "_idle",
        "_ids",
        "_interlude",
        "_playback",
        "_ptime_ms",
        "_silence",
        "_ticks",
        "may_send",
        "on_sent",
        "sender",
        "session", "sinks",
    )  # fmt: skip

    def __init__(self, ids: Ids, idle: Idle) -> None:
        self._ids = ids
        self._idle = idle
        self.session: Session | None = None
        """What is agreed on; None before there is any audio."""
        self.sender: RtpSender | None = None
        self.may_send = False
        """Whether the direction lets us send, and there is somebody to send to."""
        self.sinks: tuple[Sink, ...] = ()
        self._playback: Playback | None = None
        self._interlude: Playback | None = None
        self._digits: Digits | None = None
        self._silence: bytes | None = None
        self._ptime_ms = 20
        self._ticks = 160

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to be done at the next packet time."""
        if self.may_send and self._silence is not None:
            return True
        return self._playback is not None or self._interlude is not None or self._digits is not None

    def agree(self, session: Session | None, *, may_send: bool, now: float) -> None:
        """Send by this agreement from now on. A codec with another clock begins a stream of its own.

        Digits under way end where they may not go on as they began.
        """
        self.may_send = may_send
        codec = None if session is None else session.codec
        if session is None or codec is None:
            self.may_send = False
            self._end_digits()
            return
        before, self.session = self.session, session
        if self.sender is None or self.sender.clock_hz != codec.clock_hz:
            self.sender = RtpSender(self._ids, codec.clock_hz)
            self._end_digits()
        elif before is not None and not self.is_wanted:
            self._catch_up(now)
        if not may_send or before is None or session.telephone_event != before.telephone_event:
            self._end_digits()
        self._ptime_ms = session.ptime_ms
        self._ticks = codec.clock_hz * session.ptime_ms // 1000
        kind = find_kind(codec.name)
        self._silence = None if kind is None or self._idle is Idle.NONE else kind.silence(session.ptime_ms)

    def play(self, playback: Playback, now: float) -> None:
        """Play this sound; one that plays already ends."""
        if not self.is_wanted:
            self._catch_up(now)
        before, self._playback = self._playback, playback
        if before is not None:
            before.end()

    def interject(self, interlude: Playback, now: float) -> None:
        """Play this first, until it ends; what plays already waits for that."""
        if not self.is_wanted:
            self._catch_up(now)
        before, self._interlude = self._interlude, interlude
        if before is not None:
            before.end()

    def stop_playing(self) -> None:
        """Play nothing more but an interlude."""
        playback, self._playback = self._playback, None
        if playback is not None:
            playback.end()

    def send_digits(
        self, digits: str, duration_ms: int, pause_ms: int, on_end: Callable[[], None], now: float
    ) -> Digits:
        """Send digits in the place of audio; those under way already end.

        Needs a telephone-event that is agreed on, and a direction that lets us send.
        """
        assert self.sender is not None
        assert self.session is not None
        event = self.session.telephone_event
        assert event is not None
        if not self.is_wanted:
            self._catch_up(now)
        self._end_digits()
        duration_ticks = duration_ms * event.clock_hz // 1000
        events = [
            EventSender(self.sender, event.payload_type, event_code(digit), duration_ticks, clock_hz=event.clock_hz)
            for digit in digits
        ]
        self._digits = Digits(events, pause_ms * self.sender.clock_hz // 1000, on_end)
        return self._digits

    def tick(self, now: float) -> list[bytes]:
        """What goes out at this packet time."""
        sender, session, ticks = self.sender, self.session, self._ticks
        if sender is None or session is None or session.codec is None:
            return []
        packets: list[bytes] = []
        if self._digits is not None and self._digits.is_over:
            self._digits = None
        if self._digits is not None:
            packets, is_heard = self._digits.tick(ticks, now)
            if self._digits.is_over:
                self._digits = None
            if is_heard:
                return packets
        frame = None
        playback = self._interlude or self._playback
        if playback is not None:
            frame = playback.next_frame(session.codec.name, ticks, self._ptime_ms)
            if frame is None and self._interlude is playback:
                self._interlude = None
            elif frame is None and self._playback is playback:
                self._playback = None
        if frame is None:
            frame = self._silence
        if frame is None or not self.may_send:
            sender.skip(ticks, now)
            return packets
        packets.append(sender.packet(session.codec.payload_type, frame, ticks, now))
        for sink in self.sinks:
            sink.sent(session.codec.name, frame, now)
        return packets

    def skip(self, packet_times: int, now: float) -> None:
        """Let packet times pass in which nothing could be sent; `now` is when the first of them began."""
        if self.sender is not None:
            self.sender.skip(packet_times * self._ticks, now)

    def close(self) -> None:
        """Send nothing more."""
        self.may_send = False
        self.sinks = ()
        self.stop_playing()
        interlude, self._interlude = self._interlude, None
        if interlude is not None:
            interlude.end()
        self._end_digits()

    def _end_digits(self) -> None:
        digits, self._digits = self._digits, None
        if digits is not None:
            digits.end()

    def _catch_up(self, now: float) -> None:
        """Nothing was sent for a while, not even counted: let the media clock go on to this moment."""
        if self.sender is not None:
            self.sender.catch_up(now)
