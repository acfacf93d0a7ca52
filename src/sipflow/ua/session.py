"""The session of a call: who writes and reads its descriptions, and which ports it holds."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from sipflow.base.errors import NameUnknown, SdpError
from sipflow.base.sayings import Saying, Told
from sipflow.media import MediaPorts, MediaStream, RtpPort, SecurePort, StreamListener
from sipflow.net.location import is_literal
from sipflow.sdp import Negotiation, RtcpMux, Session, Srtp
from sipflow.ua.media_names import MediaNames
from sipflow.ua.securing import new_security

logger = logging.getLogger(__name__)

NewStream = Callable[[RtpPort], MediaStream]
"""Makes the stream of a call on its port."""


class CallSession(Protocol):
    """Offer and answer as a call sees them. What can't be agreed raises SdpError and changes nothing."""

    @property
    def is_held(self) -> bool:
        """Whether the peer holds: it wants no media from us."""
        ...

    @property
    def stream(self) -> MediaStream | None:
        """The media, from our first description to `close`; always None where media is off."""
        ...

    def attach(self, listener: StreamListener) -> None:
        """Say who is told of what the media brings."""
        ...

    def preview_answer(self, body: bytes) -> None:
        """An answer that is not final, in an unreliable 183: media may flow by it already. One that does not fit is
        not looked at.
        """
        ...

    def use(self) -> None:
        """Of several forks this is the one that counts: media flows by it."""
        ...

    def create_offer(self, direction: str | None = None) -> bytes:
        """An offer of all that we can; without a direction, what we wanted last stands."""
        ...

    def repeat_offer(self) -> bytes:
        """The session as it stands, offered again unchanged."""
        ...

    def adopt_offer(self, body: bytes) -> None:
        """An offer that somebody else has written goes out as ours."""
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
    """Real offer and answer, with RTP ports that are bound when our first description is written.

    Media flows once there is an answer, in either direction; forks have one port and one stream together.
    """

    __slots__ = (
        "_host", "_is_lost", "_listener", "_names", "_negotiation", "_new_names", "_new_stream", "_port", "_ports",
        "_secure", "_srtp", "stream",
    )  # fmt: skip

    def __init__(
        self,
        ports: MediaPorts,
        host: str,
        codecs: tuple[str, ...],
        session_id: int,
        new_stream: NewStream | None = None,
        srtp: Srtp = Srtp.OFF,
        rtcp_mux: RtcpMux = RtcpMux.ACCEPT,
        new_names: Callable[[], MediaNames] | None = None,
    ) -> None:
        """Without `new_stream` nothing is sent and nothing read: media is off. Without `new_names`, hosts are known by
        their addresses alone.
        """
        self._ports = ports
        self._host = host
        self._port: RtpPort | None = None
        self._srtp = srtp
        self._secure: SecurePort | None = None
        self._new_stream = new_stream
        self._new_names = new_names
        self._names: MediaNames | None = None
        self._is_lost = False
        """Whether the other side's host is unknown."""
        self._listener: StreamListener | None = None
        self.stream: MediaStream | None = None
        self._negotiation = Negotiation(
            codecs=codecs, host=host, port=0, session_id=session_id, security=new_security(srtp), mux=rtcp_mux
        )

    @property
    def is_held(self) -> bool:
        return self._negotiation.is_held

    def attach(self, listener: StreamListener) -> None:
        self._listener = listener

    def create_offer(self, direction: str | None = None) -> bytes:
        """Raises AddressUnavailable where no port is free."""
        self._bind()
        offer = self._negotiation.create_offer(direction)
        if self.stream is not None:
            self.stream.expect(self._negotiation.receivable)
        return offer

    def repeat_offer(self) -> bytes:
        return self._negotiation.repeat_offer()

    def adopt_offer(self, body: bytes) -> None:
        self._negotiation.adopt_offer(body)
        if self.stream is not None:
            self.stream.expect(self._negotiation.receivable)

    def receive_answer(self, body: bytes) -> None:
        self._negotiation.receive_answer(body)
        self.use()

    def preview_answer(self, body: bytes) -> None:
        if self.stream is None:
            return
        preview = self._negotiation.fork()
        try:
            preview.receive_answer(body)
        except SdpError as error:
            logger.debug("no early media by this answer: %s", error)
        else:
            self._agree(preview.current)

    def use(self) -> None:
        if self.stream is not None:
            self.stream.expect(self._negotiation.receivable)
            self._agree(self._negotiation.current)

    def receive_offer(self, body: bytes) -> None:
        self._negotiation.receive_offer(body)

    def create_answer(self) -> bytes:
        """Raises AddressUnavailable where no port is free."""
        self._bind()
        answer = self._negotiation.create_answer()
        self.use()
        return answer

    def rollback(self) -> None:
        self._negotiation.rollback()

    def fork(self) -> NegotiatedSession:
        """Raises AddressUnavailable where no port is free."""
        self._bind()
        twin = copy.copy(self)
        twin._negotiation = self._negotiation.fork()
        return twin

    def close(self) -> None:
        if self._names is not None:
            self._names.forget()
        if self.stream is not None:
            self.stream.close()
        if self._port is not None:
            self._port.close()
            self._port = self._secure = None
        self._listener = None

    def _agree(self, session: Session | None) -> None:
        """Let media flow by this agreement, at once or, where it names a host, once that has been found."""
        stream = self.stream
        if stream is None:
            return
        if session is None or session.codec is None or is_literal(session.remote_host) or self._new_names is None:
            if self._names is not None:
                self._names.forget()
                self._located(stream, None)
            self._flow(stream, session)
            return
        if self._names is None:
            self._names = self._new_names()
        if stream.located is None or stream.located.is_set():
            stream.located = asyncio.Event()
        self._names.find(session.remote_host, partial(self._found, stream, session))
        if not stream.located.is_set():
            stream.agree(session)  # it is heard already, and sent as soon as it is known whereto

    def _found(self, stream: MediaStream, session: Session, found: str | NameUnknown) -> None:
        if isinstance(found, NameUnknown):
            reason = Saying.of("no-such-media-host", host=found.host, reason=found.reason)
            self._tell("stream-failed", reason)
            self._located(stream, reason)
        else:
            self._located(stream, None)
            self._flow(stream, replace(session, remote_host=found))

    def _located(self, stream: MediaStream, failure: Told | None) -> None:
        """It is known where the media goes, or why it goes nowhere."""
        if failure is not None or self._is_lost:
            stream.failure = failure
        self._is_lost = failure is not None
        if stream.located is not None:
            stream.located.set()

    def _flow(self, stream: MediaStream, session: Session | None) -> None:
        if self._secure is not None:
            self._secure.agree(session)
        stream.agree(session)

    def _tell(self, what: str, detail: Told) -> None:
        if self.stream is not None and what == "stream-failed":
            self.stream.failure = detail
        if self._listener is not None:
            self._listener.media_changed(what, detail)

    def _bind(self) -> None:
        if self._port is None:
            self._port = self._ports.open(self._host)
            if self._srtp is not Srtp.OFF and self._new_stream is not None:
                self._port = self._secure = SecurePort(self._port, self._tell)
            self._negotiation.port = self._port.port
            if self._new_stream is not None:
                self.stream = self._new_stream(self._port)
                self.stream.listener = self._listener


class PreparedSession:
    """A description that stands ready and goes out as it is; the peer's is not read. Media is off."""

    __slots__ = ("_body",)

    is_held = False
    stream = None

    def __init__(self, body: bytes) -> None:
        self._body = body

    def attach(self, listener: StreamListener) -> None:
        pass

    def preview_answer(self, body: bytes) -> None:
        pass

    def use(self) -> None:
        pass

    def create_offer(self, direction: str | None = None) -> bytes:  # noqa: ARG002 - it stands ready
        return self._body

    def repeat_offer(self) -> bytes:
        return self._body

    def adopt_offer(self, body: bytes) -> None:
        pass

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
