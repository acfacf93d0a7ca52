"""Records a stream: what is heard by its timestamps, what is sent by its time, into one file.

Packets are put in order first. What never came is silence in the file, and so is what can't be decoded. Where the
other side describes its noise instead of sending it (RFC 3389), that noise is in the file. Where several sources are
heard at once, their sum is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sipflow.base.errors import RecordingFailed
from sipflow.media.codecs.comfort_noise import NoiseMaker
from sipflow.media.decoder import Decoder, clock_of
from sipflow.media.recording import Recording
from sipflow.media.samples import Samples
from sipflow.rtp import JitterBuffer, RtpPacket
from sipflow.rtp.wrapping import ticks_between
from sipflow.sdp import COMFORT_NOISE

MAX_GAP_S = 1.0
"""A timestamp that is so far from its time of arrival begins a new scale."""
MIN_NOISE_S = 0.01
MAX_NOISE_S = 60
"""Comfort noise lasts to the next packet, but not for less and not for longer than that."""
MAX_SOURCES = 8
"""As many are recorded at once; of more, those that have been silent for longest are not."""


class Recorder:
    """The `Sink` that is a recording, from when it is made to `end`."""

    def __init__(
        self,
        path: Path,
        now: float,
        sample_rate_hz: int,
        on_failure: Callable[[RecordingFailed], None],
        on_end: Callable[[Recorder], None],
    ) -> None:
        """Both are called at most once: where the file can't be written, and when the recording has ended.

        Raises RecordingFailed where the file can't be made.
        """
        self.path = path
        self._began = now
        self._rate = sample_rate_hz
        self._on_failure = on_failure
        self._on_end = on_end
        self.failure: RecordingFailed | None = None
        """Why it is not whole."""
        self._file = Recording(path, sample_rate_hz)
        self._sent = Decoder(sample_rate_hz)
        self._sources: dict[int, _Source] = {}
        """By SSRC, those heard longest ago first."""
        self._has_ended = False

    @property
    def duration_s(self) -> float:
        """How long it is so far."""
        return self._file.duration_s

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        clock_hz = clock_of(codec)
        if self._has_ended or clock_hz is None:
            return
        source = self._sources.pop(packet.ssrc, None)
        if source is None:
            source = _Source(self._began, self._rate, self._put)
            if len(self._sources) >= MAX_SOURCES:
                self._sources.pop(next(iter(self._sources))).play(math.inf)
        self._sources[packet.ssrc] = source
        source.receive(codec, clock_hz, packet, now)
        for one in self._sources.values():
            one.play(now)

    def sent(self, codec: str, payload: bytes, due: float) -> None:
        if self._has_ended or self._sent.turn_to(codec) is None:
            return
        samples = self._sent.decode(payload)
        if samples is not None:
            self._guard(partial(self._file.sent, round((due - self._began) * self._rate), samples))

    def end(self) -> None:
        """Write what is left, and close the file."""
        if self._has_ended:
            return
        for source in self._sources.values():
            source.play(math.inf)
        self._has_ended = True
        self._guard(self._file.close)
        self._on_end(self)

    def _put(self, place: int, samples: Samples) -> None:
        self._guard(partial(self._file.heard, place, samples))

    def _guard(self, action: Callable[[], None]) -> None:
        try:
            action()
        except RecordingFailed as error:
            if self.failure is None:
                self.failure = error
                self._on_failure(error)


class _Source:
    """One source that is heard: gives each of its samples its place in the file, and no place twice."""

    def __init__(self, began: float, sample_rate_hz: int, put: Callable[[int, Samples], None]) -> None:
        self._began = began
        self._rate = sample_rate_hz
        self._give = put
        self._decoder = Decoder(sample_rate_hz)
        self._buffer: JitterBuffer | None = None
        self._noise = NoiseMaker(sample_rate_hz)
        self._noise_from: int | None = None
        """Where in the file the last packet that described noise belongs, with no sound after it."""
        self._heard_until = 0
        self._codecs: dict[int, str] = {}
        """By payload type: what waits to be played may be of another codec than what comes."""
        self._scale: tuple[int, int] | None = None
        """A timestamp with its place in the file."""

    def receive(self, codec: str, clock_hz: int, packet: RtpPacket, now: float) -> None:
        if self._buffer is None or self._buffer.clock_hz != clock_hz:
            self.play(math.inf)
            self._buffer, self._scale = JitterBuffer(clock_hz), None
        self._codecs[packet.payload_type] = codec
        self._buffer.put(packet, now)

    def play(self, now: float) -> None:
        """Put in what was due by now, each at its own moment: nothing may have come for long."""
        buffer = self._buffer
        while buffer is not None and (due := buffer.next_timer()) is not None and due <= now:
            for item in buffer.take(due):
                if isinstance(item, RtpPacket):
                    self._hear(item, due - buffer.delay_s, buffer.clock_hz)

    def _hear(self, packet: RtpPacket, sent_at: float, clock_hz: int) -> None:
        """Put in a packet, which was sent at about this moment, and the noise that was to be heard until then."""
        codec = self._codecs[packet.payload_type]
        place = self._place_of(packet, sent_at, clock_hz)
        if self._noise_from is not None:
            start = max(self._noise_from, self._heard_until)
            count = min(place - start, MAX_NOISE_S * self._rate)
            if count >= MIN_NOISE_S * self._rate:
                self._put(start, self._noise.make(count))
        if codec == COMFORT_NOISE.name:
            self._noise.describe(packet.payload)
            self._noise_from = place
            return
        self._noise_from = None
        samples = None if self._decoder.turn_to(codec) is None else self._decoder.decode(packet.payload)
        if samples is not None:
            self._put(place, samples)

    def _put(self, place: int, samples: Samples) -> None:
        samples = samples[max(0, self._heard_until - place) :]
        place = max(place, self._heard_until)
        self._heard_until = place + len(samples)
        self._give(place, samples)

    def _place_of(self, packet: RtpPacket, sent_at: float, clock_hz: int) -> int:
        """Where in the file a packet belongs that was sent at about this moment."""
        by_time = max(round((sent_at - self._began) * self._rate), 0)
        if self._scale is not None:
            place = self._scale[1] + ticks_between(packet.timestamp, self._scale[0]) * self._rate // clock_hz
            if abs(place - by_time) < MAX_GAP_S * self._rate:
                return place
        self._scale = (packet.timestamp, by_time)
        return by_time
