"""The session of a call: who writes and reads its descriptions, and which ports it holds."""

from __future__ import annotations

import copy
from typing import Protocol

from sipflow.media import MediaPorts, RtpPort
from sipflow.sdp import Negotiation


class CallSession(Protocol):
    """Offer and answer as a call sees them. What can't be agreed raises SdpError and changes nothing."""

    @property
    def is_held(self) -> bool:
        """Whether the peer holds: it wants no media from us."""
        ...

    def create_offer(self, direction: str | None = None) -> bytes:
        """An offer of all that we can; without a direction, what we wanted last stands."""
        ...

    def repeat_offer(self) -> bytes:
        """The session as it stands, offered again unchanged."""
        ...

    def receive_answer(self, body: bytes) -> None: ...

    def receive_offer(self, body: bytes) -> None: ...

    def create_answer(self) -> bytes: ...

    def rollback(self) -> None:
        """The open offer was refused: the session before it stays in force."""
        ...

    def fork(self) -> CallSession:
        """Another session from here on, for another dialog of the same INVITE, on the same ports."""
        ...

    def close(self) -> None:
        """Give the ports back; may be called twice."""
        ...


class NegotiatedSession:
    """Real offer and answer, with RTP ports that are bound when our first description is written."""

    __slots__ = ("_host", "_negotiation", "_port", "_ports")

    def __init__(self, ports: MediaPorts, host: str, codecs: tuple[str, ...], session_id: int) -> None:
        self._ports = ports
        self._host = host
        self._port: RtpPort | None = None
        self._negotiation = Negotiation(codecs=codecs, host=host, port=0, session_id=session_id)

    @property
    def is_held(self) -> bool:
        return self._negotiation.is_held

    def create_offer(self, direction: str | None = None) -> bytes:
        """Raises AddressUnavailable where no port is free."""
        self._bind()
        return self._negotiation.create_offer(direction)

    def repeat_offer(self) -> bytes:
        return self._negotiation.repeat_offer()

    def receive_answer(self, body: bytes) -> None:
        self._negotiation.receive_answer(body)

    def receive_offer(self, body: bytes) -> None:
        self._negotiation.receive_offer(body)

    def create_answer(self) -> bytes:
        """Raises AddressUnavailable where no port is free."""
        self._bind()
        return self._negotiation.create_answer()

    def rollback(self) -> None:
        self._negotiation.rollback()

    def fork(self) -> NegotiatedSession:
        """Raises AddressUnavailable where no port is free."""
        self._bind()
        twin = copy.copy(self)
        twin._negotiation = self._negotiation.fork()
        return twin

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
            self._port = None

    def _bind(self) -> None:
        if self._port is None:
            self._port = self._ports.open(self._host)
            self._negotiation.port = self._port.port


class PreparedSession:
    """A description that stands ready and goes out as it is; the peer's is not read. Media is off."""

    __slots__ = ("_body",)

    is_held = False

    def __init__(self, body: bytes) -> None:
        self._body = body

    def create_offer(self, direction: str | None = None) -> bytes:  # noqa: ARG002 - it stands ready
        return self._body

    def repeat_offer(self) -> bytes:
        return self._body

    def receive_answer(self, body: bytes) -> None:
        pass

    def receive_offer(self, body: bytes) -> None:
        pass

    def create_answer(self) -> bytes:
        return self._body

    def rollback(self) -> None:
        pass

    def fork(self) -> PreparedSession:
        return self

    def close(self) -> None:
        pass
