"""A peer that is a plain UDP socket: it says exactly the bytes that a test gives it."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from sipflow.sip.flow import Address
from sipflow.testing.receiver import PATIENCE_S
from sipflow.testing.wire_text import RawMessage, request_text, response_text


class RawPeer:
    """A UDP socket of 127.0.0.1 (or `host`); use it in a `with` block, inside a running loop."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.address = Address(host, self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def send(self, text: str | bytes, to: Address) -> None:
        """Send a datagram: bytes as they are, text as UTF-8."""
        self._socket.sendto(text.encode() if isinstance(text, str) else text, to)

    async def receive(self, limit_s: float = PATIENCE_S) -> RawMessage:
        """The next datagram. Raises AssertionError when none comes in time."""
        try:
            async with asyncio.timeout(limit_s):
                data, source = await asyncio.get_running_loop().sock_recvfrom(self._socket, 65_535)
        except TimeoutError:
            raise AssertionError(f"no datagram came within {limit_s} s") from None
        return RawMessage(data, Address(source[0], source[1]))

    async def receive_final(self, limit_s: float = PATIENCE_S) -> RawMessage:
        """The next final response; provisional ones before it are dropped."""
        while (message := await self.receive(limit_s)).status < 200:
            if message.method:
                raise AssertionError(f"expected a response, got {message.start_line!r}")
        return message

    async def hear_nothing(self, for_s: float) -> None:
        """Raises AssertionError when a datagram comes."""
        try:
            message = await self.receive(for_s)
        except AssertionError:
            return
        raise AssertionError(f"expected silence, got {message.start_line!r}")

    def ask(self, method: str, to: Address, *, body: str = "", **headers: str) -> str:
        """Send a well-formed request; returns its Call-ID. That and branch are new ones, if not given."""
        text = request_text(
            method,
            f"sip:peer@{to}",
            via=f"SIP/2.0/UDP {self.address};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            from_=f"<sip:raw@{self.address}>;tag={secrets.token_hex(4)}",
            to=f"<sip:peer@{to}>",
            call_id=secrets.token_hex(8),
            contact=f"sip:raw@{self.address}",
            body=body,
            headers=headers,
        )
        self.send(text, to)
        return RawMessage(text, self.address).header("Call-ID")

    def answer(
        self,
        request: RawMessage,
        status: int,
        reason: str = "Because",
        *,
        tag: str = "",
        body: str = "",
        **headers: str,
    ) -> None:
        """Answer a request to where it came from; `tag` goes into To unless one is there."""
        contact = f"sip:raw@{self.address}"
        text = response_text(request, status, reason, tag=tag, contact=contact, body=body, headers=headers)
        self.send(text, request.source)


@contextmanager
def deaf_listener(host: str = "127.0.0.1") -> Generator[Address, None, None]:
    """A TCP port of which a connect is neither accepted nor refused, as behind a firewall that drops.

    Its queue is full, so that Linux drops further SYNs without a word.
    """
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind((host, 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield Address(*full.getsockname())
