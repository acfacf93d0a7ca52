"""One stream of an endpoint: TCP, with TLS and WebSocket upon it where its transport has them.

An accepted connection tells by its first bytes what it speaks, so that one port serves TCP, TLS, WS and WSS: a TLS
handshake begins with 22 (RFC 8446 §5.1), a WebSocket with `GET`, and no SIP message with either.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sipflow.base import sayings
from sipflow.base.errors import FramingError, TlsUnusable, WebSocketFailed
from sipflow.base.sayings import Saying
from sipflow.base.system_errors import told_by_system
from sipflow.net.endpoint import Told
from sipflow.net.tls import TlsChannel, tls_reason
from sipflow.net.websocket import GREETING, WebSocketChannel
from sipflow.sip.flow import SECURED, Address, Flow
from sipflow.sip.framing import PING, StreamFramer

if TYPE_CHECKING:
    from sipflow.net.streams import StreamSide

PONG: Final = b"\r\n"  # RFC 5626 §4.4.1: the answer to a double CRLF
LINGER_S: Final = 2.0  # how long a connection with broken framing may take to read our last answer
TLS_HANDSHAKE: Final = 22

Failed = Callable[[Flow, sayings.Told, float], None]
"""Where failures are told: flow, reason, now."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """What a stranger may take from us over a stream."""

    max_connections: int = 1000
    """Connections accepted at one time; a further one is closed at once. Our own outgoing ones are not counted."""
    idle_s: float = 30.0
    """How long an accepted connection may take until its first whole message, and any to complete a message."""
    connect_timeout_s: float = 5.0
    """For TCP to connect, and then for the handshakes of TLS and WebSocket."""
    pong_s: float = 10.0
    """How long a keep-alive of ours may go unanswered. Source: RFC 5626 §4.4.1."""
    max_unsent_bytes: int = 1 << 20
    """What may wait for a peer that does not read, or does not accept; beyond it the connection is closed."""
    max_head_bytes: int = 64 << 10
    max_body_bytes: int = 1 << 20


class Connection(asyncio.Protocol):
    """One stream. An outgoing one is given its flow before it is open, an accepted one when it is."""

    def __init__(self, side: StreamSide, peer: Address | None = None) -> None:
        """`peer` is who has connected to us."""
        self.flow: Flow | None = None
        self._side = side
        self._framer: StreamFramer | WebSocketChannel | None = None
        self._tls: TlsChannel | None = None
        self._transport: asyncio.Transport | None = None
        self._first = b""
        """What an accepted connection has said before it is known what it speaks."""
        self._unsent: list[tuple[bytes, Told | None]] = []
        self._is_ready = False
        """Whether messages may be written: all handshakes are done."""
        self._timer: asyncio.TimerHandle | None = None
        """The one limit that runs: until a handshake or message is whole, or a connection with broken framing ends."""
        self._probe: asyncio.TimerHandle | None = None
        self._peer = peer
        self._retired = False
        self._flushing = False

    @property
    def has_socket(self) -> bool:
        return self._transport is not None

    # Sending

    def send(self, data: bytes, told: Told | None) -> None:
        """Send, or keep until the connection is ready. A peer that lets too much wait is given up."""
        if not self._is_ready or self._transport is None:
            self._unsent.append((data, told))
            waiting = sum(len(message) for message, _ in self._unsent)
        else:
            self._put(data, told)
            waiting = self._transport.get_write_buffer_size()
        if waiting > self._side.limits.max_unsent_bytes:
            self.give_up(Saying.of("peer-does-not-read"))

    def _put(self, data: bytes, told: Told | None) -> None:
        """Write one message, and say so."""
        if isinstance(self._framer, WebSocketChannel):
            self._framer.send(data)
            data_out = self._framer.outgoing()
        else:
            data_out = data
        self._write(data_out)
        if told is not None and self.flow is not None:
            told(data, self.flow)

    def _write(self, data: bytes) -> None:
        """Put bytes on the wire, through TLS where there is one."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._tls is not None:
            if data:
                self._tls.send(data)
            data = self._tls.outgoing()
        if data:
            self._transport.write(data)

    # Its life

    def give_up(self, reason: sayings.Told) -> None:
        """End the connection and tell of it."""
        if self.flow is not None and self._retire():
            self._side.loop.call_soon(self._side.failed, self.flow, reason)
        self.abort()

    def close(self) -> None:
        """Close in good order, after what is still to be sent."""
        self._retire()
        if self._transport is not None:
            self._say_farewell()
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._retire()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        limits = self._side.limits
        if self._peer is not None:
            self.flow = self._side.accept(self, self._peer)
            if self.flow is None:
                transport.abort()
                return
            self._is_ready = True  # to send on it is allowed as long as nothing else than plain TCP is spoken
            self._limit(limits.idle_s, self._expire)
        elif self._retired or self.flow is None:
            transport.abort()
        else:
            self._limit(
                limits.connect_timeout_s, self.give_up, Saying.of("handshake-timed-out", transport=self.flow.transport)
            )
            self._guarded(self._begin)

    def _begin(self) -> None:
        """Start what an outgoing connection has upon TCP."""
        assert self.flow is not None
        if SECURED.get(self.flow.transport) == self.flow.transport:
            name = self.flow.domain or self.flow.remote.host
            self._tls = TlsChannel(self._side.tls.client, server_name=name)
            self._tls.start()
            self._write(b"")
        else:
            self._secured()

    def _secured(self) -> None:
        """TCP, and TLS where there is one, is there: on with what comes upon it."""
        assert self.flow is not None
        if self.flow.transport not in ("WS", "WSS"):
            self._framer = self._new_framer()
            self._become_ready()
            return
        server = Address(self.flow.domain or self.flow.remote.host, self.flow.remote.port)
        path, is_secure = self._side.settings.websocket_path, self.flow.transport == "WSS"
        self._framer = WebSocketChannel(server, path, self._max_message_bytes, is_secure=is_secure)
        self._framer.start()
        self._write(self._framer.outgoing())

    def _become_ready(self) -> None:
        self._is_ready = True
        if self._peer is None:
            self._unlimit()
            if self._side.settings.keep_alive_s:
                self._plan_probe()
        unsent, self._unsent = self._unsent, []
        for data, told in unsent:
            self._put(data, told)

    def eof_received(self) -> None:
        self._closed_by_peer()
        self._flushing = self._transport is not None and self._transport.get_write_buffer_size() > 0

    def _closed_by_peer(self) -> None:
        if self.flow is not None and self._retire():
            self._side.loop.call_soon(self._side.closed_by_peer, self.flow)

    def connection_lost(self, error: Exception | None) -> None:
        waited = bool(self._unsent)
        was_in_use = self._retire()
        self._side.forget(self)
        if self.flow is None:
            return
        if (was_in_use or self._flushing) and isinstance(error, OSError):
            self._side.failed(self.flow, told_by_system(error))
        elif waited:
            self._side.failed(self.flow, Saying.of("closed-in-handshake"))

    # Receiving

    def data_received(self, data: bytes) -> None:
        if self._retired or self.flow is None or self._transport is None:
            return
        if self._probe is not None:
            self._plan_probe()
        if self._tls is None and isinstance(self._framer, StreamFramer):
            self._cut(self._framer, data)
        else:
            self._guarded(self._receive, data)

    def resume(self, data: bytes) -> None:
        """Go on with what was read, now that TLS can be spoken."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self.data_received(data)

    def _guarded(self, step: Callable[..., None], *arguments: bytes) -> None:
        """Do it; what TLS or WebSocket has against it ends the connection, after what the peer is told about it."""
        try:
            step(*arguments)
        except (ssl.SSLError, TlsUnusable) as error:
            if self._tls is not None and self._transport is not None:
                self._transport.write(self._tls.outgoing())
            self._fail(tls_reason(error) if isinstance(error, ssl.SSLError) else told_by_system(error))
        except WebSocketFailed as error:
            assert isinstance(self._framer, WebSocketChannel)
            self._hand_up(error.messages)
            self._write(self._framer.outgoing())
            if error.is_orderly:
                self._closed_by_peer()
                self.close()
            else:
                self._fail(error.said)

    def _fail(self, reason: sayings.Told) -> None:
        """End the connection after what is written, and tell of it where a message is lost by it."""
        assert self.flow is not None
        if self._retire():
            self._side.loop.call_soon(self._side.failed, self.flow, reason)
        self._linger()

    def _receive(self, data: bytes) -> None:
        if self._framer is None and self._tls is None and not self._first and data[0] == TLS_HANDSHAKE:
            self._is_ready = False
            if not self._side.tls.has(is_server=True) and self._transport is not None:
                self._transport.pause_reading()
                self._side.load_server(self, data)
                return
            self._tls = TlsChannel(self._side.tls.server, is_server=True)
        if self._tls is not None:
            was_open = self._tls.is_open
            data = self._tls.receive(data)
            self._write(b"")
            if self._tls.is_open and not was_open and self._peer is None:
                self._secured()
        if data:
            self._receive_plain(data)

    def _receive_plain(self, data: bytes) -> None:
        framer = self._framer
        if framer is None:
            data = self._first = self._first + data
            if GREETING.startswith(data[: len(GREETING)]) and len(data) < len(GREETING):
                return
            framer = self._framer = self._recognise(data.startswith(GREETING))
        if not isinstance(framer, WebSocketChannel):
            self._cut(framer, data)
            return
        was_open = framer.is_open
        messages = framer.feed(data)
        self._write(framer.outgoing())
        if framer.is_open and not was_open:
            self._become_ready()
        self._hand_up(messages)

    def _recognise(self, is_websocket: bool) -> StreamFramer | WebSocketChannel:
        """What an accepted connection speaks is known now."""
        assert self.flow is not None
        transport = "WS" if is_websocket else "TCP"
        if self._tls is not None:
            transport = SECURED[transport]
        if transport != "TCP":
            self.flow = self._side.recognise(self, self.flow, transport)
        if is_websocket:
            self._is_ready = False
            return WebSocketChannel(None, "", self._max_message_bytes)
        self._become_ready()
        return self._new_framer()

    def _cut(self, framer: StreamFramer, data: bytes) -> None:
        """Messages from a stream that Content-Length divides."""
        try:
            self._hand_up(framer.feed(data))
        except FramingError as fault:
            self._hand_up(fault.frames)
            self._break(fault)
            return
        if self._timer is None and not self._retired and framer.is_within_message:
            self._limit(self._side.limits.idle_s, self._expire)

    def _hand_up(self, messages: list[bytes] | tuple[bytes, ...]) -> None:
        if not messages or self.flow is None:
            return
        receiver, now = self._side.receiver, self._side.loop.time()
        for message in messages:
            if message == PING:
                self._pong()
            elif message != PONG:
                self._unlimit()
                receiver.message_received(message, self.flow, now)
        receiver.batch_ended(now)

    def _break(self, fault: FramingError) -> None:
        """No further message can be found: let the peer be told, and end."""
        assert self.flow is not None
        now = self._side.loop.time()
        self._side.receiver.stream_broken(fault, self.flow, now)
        self._side.receiver.batch_ended(now)
        self._linger()

    def _expire(self) -> None:
        """Too long without a whole message: what has begun is answered, as far as it can be."""
        self._timer = None
        framer = self._framer
        if isinstance(framer, StreamFramer) and framer.is_within_message:
            self._break(FramingError(Saying.of("message-without-end"), framer.rest, ()))
        else:
            self.close()

    def _linger(self) -> None:
        """End our direction after what was written; what still comes is thrown away, for a short while.

        Closing at once would reset the connection under an answer that the peer has not read yet.
        """
        self._retire()
        if self._transport is not None and not self._transport.is_closing():
            self._say_farewell()
            self._transport.write_eof()
            self._limit(LINGER_S, self.abort)

    def _say_farewell(self) -> None:
        try:
            if isinstance(self._framer, WebSocketChannel):
                self._framer.end()
                self._write(self._framer.outgoing())
            if self._tls is not None:
                self._tls.end()
                self._write(b"")
        except ssl.SSLError:
            pass  # the session is broken: there is nobody to say it to

    # Signs of life

    def _pong(self) -> None:
        if isinstance(self._framer, WebSocketChannel):
            self._framer.send(PONG)
            self._write(self._framer.outgoing())
        else:
            self._write(PONG)

    def _plan_probe(self) -> None:
        """Whatever came shows that the flow lives: ask again after 80 to 100 % of the time. Source: RFC 5626 §4.4.1."""
        if self._probe is not None:
            self._probe.cancel()
        delay_s = self._side.settings.keep_alive_s * random.uniform(0.8, 1.0)
        self._probe = self._side.loop.call_later(delay_s, self._ping)

    def _ping(self) -> None:
        if isinstance(self._framer, WebSocketChannel):
            self._framer.ping()
            self._write(self._framer.outgoing())
        else:
            self._write(PING)
        self._probe = self._side.loop.call_later(
            self._side.limits.pong_s, self.give_up, Saying.of("keep-alive-unanswered")
        )

    # The rest

    @property
    def _max_message_bytes(self) -> int:
        return self._side.limits.max_head_bytes + self._side.limits.max_body_bytes

    def _new_framer(self) -> StreamFramer:
        return StreamFramer(self._side.limits.max_head_bytes, self._side.limits.max_body_bytes)

    def _limit(self, seconds: float, action: Callable[..., None], *arguments: Saying) -> None:
        self._unlimit()
        self._timer = self._side.loop.call_later(seconds, action, *arguments)

    def _unlimit(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _retire(self) -> bool:
        """Send nothing more; False where that is so already."""
        self._retired = True
        self._unlimit()
        if self._probe is not None:
            self._probe.cancel()
            self._probe = None
        return self.flow is not None and self._side.retire(self.flow)
