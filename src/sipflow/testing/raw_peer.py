"""A peer that is a plain UDP socket: it says exactly the bytes that a test gives it.

It understands as little of SIP as a test needs, by its own few lines, so that a fault of the product's parser
is not shared.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sipflow.sip.flow import Address

CRLF = "\r\n"


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A datagram that came, and what can be read off it by eye."""

    data: bytes
    source: Address

    @property
    def start_line(self) -> str:
        return self.data.split(b"\r\n", 1)[0].decode(errors="backslashreplace")

    @property
    def method(self) -> str:
        """The request's method, empty for a response."""
        return "" if self.status else self.start_line.split(" ")[0]

    @property
    def status(self) -> int:
        """The response's status code, 0 for a request."""
        parts = self.start_line.split(" ")
        return int(parts[1]) if parts[0] == "SIP/2.0" else 0

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    def headers(self, name: str) -> list[str]:
        """The values of all header lines of this (long) name, as they stand."""
        head = self.data.partition(b"\r\n\r\n")[0].decode(errors="backslashreplace")
        lines = [line.partition(":") for line in head.split(CRLF)[1:]]
        return [value.strip() for key, _, value in lines if key.strip().lower() == name.lower()]

    def header(self, name: str) -> str:
        """The one header line of this name. Raises AssertionError where there is none or more than one."""
        found = self.headers(name)
        if len(found) != 1:
            raise AssertionError(f"expected one {name}, got {found} in {self.start_line!r}")
        return found[0]


class RawPeer:
    """A UDP socket of 127.0.0.1 (or `host`); use it in a `with` block, inside a running loop."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((host, port))
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

    async def receive(self, limit_s: float = 2.0) -> RawMessage:
        """The next datagram. Raises AssertionError when none comes in time."""
        try:
            async with asyncio.timeout(limit_s):
                data, source = await asyncio.get_running_loop().sock_recvfrom(self._socket, 65_535)
        except TimeoutError:
            raise AssertionError(f"no datagram came within {limit_s} s") from None
        return RawMessage(data, Address(source[0], source[1]))

    async def receive_final(self, limit_s: float = 2.0) -> RawMessage:
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
        """Send a well-formed request of a new Call-ID and branch; returns the Call-ID.

        `headers` replace or add header fields: `Max_Forwards="0"` writes `Max-Forwards: 0`.
        """
        call_id = secrets.token_hex(8)
        fields = {
            "Via": f"SIP/2.0/UDP {self.address};rport;branch=z9hG4bK{secrets.token_hex(8)}",
            "Max-Forwards": "70",
            "From": f"<sip:raw@{self.address}>;tag={secrets.token_hex(4)}",
            "To": f"<sip:peer@{to}>",
            "Call-ID": call_id,
            "CSeq": f"1 {method}",
            "Contact": f"<sip:raw@{self.address}>",
        }
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            fields.setdefault("Content-Type", "application/sdp")
        self.send(_written(f"{method} sip:peer@{to} SIP/2.0", fields.items(), body), to)
        return fields["Call-ID"]

    def answer(
        self, request: RawMessage, status: int, reason: str = "", *, tag: str = "", body: str = "", **headers: str
    ) -> None:
        """Answer a request to where it came from; `tag` goes into To unless one is there."""
        to = request.header("To")
        fields = [("Via", via) for via in request.headers("Via")]
        fields += [(name, request.header(name)) for name in ("From", "Call-ID", "CSeq")]
        fields.append(("To", f"{to};tag={tag}" if tag and ";tag=" not in to else to))
        fields += [("Record-Route", route) for route in request.headers("Record-Route")]
        fields.append(("Contact", f"<sip:raw@{self.address}>"))
        fields += [(name.replace("_", "-"), value) for name, value in headers.items()]
        if body and "Content_Type" not in headers:
            fields.append(("Content-Type", "application/sdp"))
        self.send(_written(f"SIP/2.0 {status} {reason or 'Because'}", fields, body), request.source)


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


def _written(start_line: str, fields: Iterable[tuple[str, str]], body: str) -> str:
    lines = [start_line, *(f"{name}: {value}" for name, value in fields), f"Content-Length: {len(body.encode())}"]
    return CRLF.join(lines) + CRLF * 2 + body
