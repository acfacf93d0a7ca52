"""Messages cut from a stream. Source: RFC 3261 §7.5, §18.3, RFC 5626 §3.5.1."""

from __future__ import annotations

from typing import Final

from sipflow.base.errors import FramingError, SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.message import parse_message

PING: Final = b"\r\n\r\n"
"""A keep-alive between two messages, to be answered with CRLF. Source: RFC 5626 §3.5.1."""

_HEAD_END: Final = b"\r\n\r\n"


class StreamFramer:
    """Cuts one direction of one connection into messages and pings; single empty lines between them are skipped.

    However the bytes are segmented, the frames are the same, and every byte is looked at a bounded number of
    times.
    """

    def __init__(self, max_head_bytes: int = 64 << 10, max_body_bytes: int = 1 << 20) -> None:
        self._max_head_bytes = max_head_bytes
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._searched = 0
        """Up to here the buffer holds no end of a head."""
        self._size = 0
        """Size of the message that the buffer begins with; 0 while its head is not whole."""
        self._error: FramingError | None = None

    @property
    def is_within_message(self) -> bool:
        """Whether a message has begun and is not whole."""
        return bool(self._buffer) and not PING.startswith(self._buffer)

    @property
    def rest(self) -> bytes:
        """What has come of the message that is not whole."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The next bytes of the stream; returns what has become whole: messages as they came, and PING.

        Raises FramingError where no further message can be found: Content-Length is missing, no number, given
        twice with a difference or above the limit, the head is too long, or there is no SIP start line. The
        connection is then to be closed; every later call raises too.
        """
        if self._error is not None:
            raise FramingError(self._error.what, self._error.data, (), status=self._error.status)
        frames: list[bytes] = []
        self._buffer += data
        try:
            while (frame := self._next_frame()) is not None:
                if frame:
                    frames.append(frame)
        except FramingError as error:
            self._error = error
            self._buffer.clear()
            raise FramingError(error.what, error.data, frames, status=error.status) from error
        return frames

    def _next_frame(self) -> bytes | None:
        """The next frame, b"" for an empty line skipped; None where more bytes are needed."""
        buffer = self._buffer
        if not self._size:
            if buffer.startswith(PING):
                return self._take(len(PING))
            if PING.startswith(buffer):
                return None
            if buffer.startswith(b"\r\n"):
                self._take(2)
                return b""
            if not self._find_head():
                return None
        return self._take(self._size) if len(buffer) >= self._size else None

    def _take(self, size: int) -> bytes:
        frame = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._searched = self._size = 0
        return frame

    def _find_head(self) -> bool:
        """Whether the head is whole; then `_size` is known."""
        buffer = self._buffer
        end = buffer.find(_HEAD_END, self._searched)
        self._searched = max(0, len(buffer) - len(_HEAD_END) + 1)
        if (end if end >= 0 else self._searched) > self._max_head_bytes:
            head = bytes(buffer[: self._max_head_bytes])
            raise FramingError(Saying.of("head-too-long"), head, ())
        if end < 0:
            return False
        head_size = end + len(_HEAD_END)
        self._size = head_size + self._body_size(bytes(buffer[:head_size]))
        return True

    def _body_size(self, head: bytes) -> int:
        try:
            size = parse_message(head).content_length
        except SipParseError as error:
            raise FramingError(error.what, head, ()) from error
        if size is None:
            raise FramingError(Saying.of("header-missing-here", header="Content-Length"), head, ())
        if size > self._max_body_bytes:
            raise FramingError(Saying.of("body-too-long"), head, (), status=413)
        return size
