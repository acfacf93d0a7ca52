"""Bytes that came and could not be read, told to people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sipflow.base.errors import SipParseError
from sipflow.base.sayings import Saying
from sipflow.engine.wire import masked
from sipflow.sip.flow import Flow

MAX_SENDERS: Final = 10
"""Of so many senders an instance tells in a run."""
SHOWN_BYTES: Final = 60


class Unread:
    """Tells of an instance's unreadable bytes: once for each sender, and of few, for a flood must not fill the log."""

    def __init__(self, tell: Callable[[Saying], None]) -> None:
        self._tell = tell
        self._senders: set[tuple[str, str]] = set()

    def take(self, fault: SipParseError, data: bytes, flow: Flow) -> None:
        """Bytes came by a flow and are no SIP message, or one after which a stream cannot be read on."""
        if len(self._senders) == MAX_SENDERS:
            return
        sender = (str(flow.remote), flow.transport)
        if sender in self._senders:
            return
        self._senders.add(sender)
        text = masked(data[:SHOWN_BYTES].decode("utf-8", "backslashreplace"))
        self._tell(Saying.of("unread", source=sender[0], transport=sender[1], why=fault.what, text=text))
