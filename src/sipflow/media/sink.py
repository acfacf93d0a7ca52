"""Who listens to a stream."""

from __future__ import annotations

from typing import Protocol

from sipflow.rtp import RtpPacket


class Sink(Protocol):
    """Gets the audio of both directions."""

    def receive(self, codec: str, packet: RtpPacket, now: float) -> None:
        """A packet of audio in this encoding, or of comfort noise (`CN`), came: each once, as they come, which may be
        out of order.
        """
        ...

    def sent(self, codec: str, payload: bytes, due: float) -> None:
        """A frame of audio was sent, which was due at this moment."""
        ...

    def end(self) -> None:
        """The stream has ended; may come twice."""
        ...
