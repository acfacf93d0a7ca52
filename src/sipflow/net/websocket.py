"""WebSocket without sockets: bytes of the wire in, SIP messages out, and the other way round. Source: RFC 7118."""

from __future__ import annotations

from typing import Final

from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from sipflow.base.errors import WebSocketFailed
from sipflow.base.sayings import Saying
from sipflow.sip.flow import Address

SUBPROTOCOL: Final = Subprotocol("sip")  # RFC 7118 §4.1
GREETING: Final = b"GET "
"""What the first bytes of a client are, and those of no SIP message."""
ORDERLY: Final = (CloseCode.NORMAL_CLOSURE, CloseCode.GOING_AWAY, CloseCode.NO_STATUS_RCVD)


class WebSocketChannel:
    """One side of a WebSocket that carries SIP, one message in each. Text and binary are taken alike.

    What goes onto the wire is taken from `outgoing` after every call.
    """

    def __init__(self, server: Address | None, path: str, max_bytes: int, *, is_secure: bool = False) -> None:
        """`server` is where a client connects, by the name that it calls; a server gives None."""
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._protocol: ServerProtocol | ClientProtocol
        if server is None:
            self._protocol = ServerProtocol(subprotocols=[SUBPROTOCOL], max_size=max_bytes)
        else:
            uri = parse_uri(f"{'wss' if is_secure else 'ws'}://{server}{path}")
            self._protocol = ClientProtocol(uri, subprotocols=[SUBPROTOCOL], max_size=max_bytes)

    @property
    def is_open(self) -> bool:
        """Whether the handshake is done: `send` may be called."""
        return self._protocol.state is State.OPEN

    def start(self) -> None:
        """Begin the handshake, as the client does."""
        if isinstance(self._protocol, ClientProtocol):
            self._protocol.send_request(self._protocol.connect())

    def feed(self, data: bytes) -> list[bytes]:
        """Bytes of the wire; returns the messages that have become whole.

        Raises WebSocketFailed once the peer has closed or broken the WebSocket; what it is told about that, and
        what came before, is there all the same.
        """
        protocol = self._protocol
        protocol.receive_data(data)
        messages: list[bytes] = []
        for event in protocol.events_received():
            if isinstance(event, Request) and isinstance(protocol, ServerProtocol):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame):
                messages += self._message_of(event)
        if protocol.handshake_exc is not None:
            raise WebSocketFailed(str(protocol.handshake_exc), messages)
        if isinstance(protocol, ClientProtocol) and self.is_open and protocol.subprotocol != SUBPROTOCOL:
            protocol.fail(CloseCode.PROTOCOL_ERROR)
            raise WebSocketFailed(Saying.of("websocket-without-sip"), messages)
        if protocol.state in (State.CLOSING, State.CLOSED):
            farewell = protocol.close_rcvd or protocol.close_sent
            code = farewell.code if farewell is not None else CloseCode.ABNORMAL_CLOSURE
            raise WebSocketFailed(Saying.of("websocket-closed", status=int(code)), messages, is_orderly=code in ORDERLY)
        return messages

    def send(self, message: bytes) -> None:
        """One message: as text, or as binary where it is not UTF-8. Source: RFC 7118 §4.2."""
        try:
            message.decode()
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        else:
            self._protocol.send_text(message)

    def ping(self) -> None:
        """Ask for a sign of life. Source: RFC 7118 §6."""
        self._protocol.send_ping(b"")

    def end(self) -> None:
        """Say that nothing more comes."""
        if self.is_open:
            self._protocol.send_close(CloseCode.GOING_AWAY)

    def outgoing(self) -> bytes:
        """What is to be put on the wire now."""
        return b"".join(self._protocol.data_to_send())

    def _message_of(self, frame: Frame) -> list[bytes]:
        """The message that this frame ends, if it does."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return []
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return []
        message, self._parts = b"".join(self._parts), []
        return [message]
