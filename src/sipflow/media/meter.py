"""How loud a stream is at the moment, for somebody who looks at it.

Shaped by speed: a packet costs one assignment. Only the last packet of each direction is decoded, and only when the
meter is read; G.711 takes about 20 µs a reading.
"""

from __future__ import annotations

from sipflow.media.codecs import find_kind
from sipflow.media.decoder import Decoder
from sipflow.media.hearing import level_dbfs
from sipflow.rtp import RtpPacket


class Meter:
    """The `Sink` that is read now and then."""

    def __init__(self) -> None:
        self._heard = _Side()
        self._sent = _Side()

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:  # noqa: ARG002 - the last one counts
        self._heard.last = (codec, packet.payload)

    def sent(self, codec: str, payload: bytes, due: float) -> None:  # noqa: ARG002 - the last one counts
        self._sent.last = (codec, payload)

    def end(self) -> None:
        """Nothing is held."""

    def read(self) -> tuple[float | None, float | None]:
        """What is heard and what is sent, in dBFS; None where nothing came since the reading before the last one."""
        return self._heard.read(), self._sent.read()


class _Side:
    """One direction."""

    def __init__(self) -> None:
        self.last: tuple[str, bytes] | None = None
        """Codec and payload of the last packet that has not been read."""
        self._codec = ""
        self._decoder: Decoder | None = None
        self._level: float | None = None
        self._is_old = True

    def read(self) -> float | None:
        last, self.last = self.last, None
        if last is None:  # packets may be as far apart as readings
            level = None if self._is_old else self._level
            self._is_old = True
            return level
        codec, payload = last
        if codec != self._codec:
            kind = find_kind(codec)
            self._codec, self._decoder = codec, None if kind is None else Decoder(kind.sample_rate_hz)
        if self._decoder is not None and self._decoder.turn_to(codec) is not None:
            samples = self._decoder.decode(payload)
            if samples is not None:
                self._level, self._is_old = level_dbfs(samples), False
        return self._level
