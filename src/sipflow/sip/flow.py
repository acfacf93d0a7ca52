"""A flow: where a message came from, or where it goes."""

from __future__ import annotations

from typing import Final, NamedTuple

DEFAULT_PORTS: Final = {"UDP": 5060, "TCP": 5060, "TLS": 5061, "WS": 80, "WSS": 443}
"""Every transport, with the port of an address that names none. Source: RFC 3261 §19.1.2, RFC 7118 §5.5."""
SECURED: Final = {"TCP": "TLS", "TLS": "TLS", "WS": "WSS", "WSS": "WSS"}
"""What a transport becomes for a SIPS URI; one that is missing here can't be secured. Source: RFC 3261 §26.2.2."""


class Address(NamedTuple):
    """A host (an IP literal without brackets, or a name) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Flow(NamedTuple):
    """One path of messages: transport, our end, their end and, on a stream, the connection.

    A message is answered on the flow it came by. For a stream whose connection is gone, the endpoint
    opens a new one to `remote`. Source: RFC 3261 §18.2.2.
    """

    transport: str
    """`UDP`, `TCP`, `TLS`, `WS` or `WSS`."""
    local: Address
    remote: Address
    connection: int = 0
    """Number of the stream connection, from 1; 0 means any that reaches `remote`, or a new one."""
    domain: str = ""
    """The name that was looked up to find `remote`, for which its certificate must be; empty: `remote` itself.

    A flow that is not located yet has the URI here, and a name in `remote`.
    """

    @property
    def is_reliable(self) -> bool:
        """Whether the transport retransmits by itself."""
        return self.transport != "UDP"

    @property
    def is_located(self) -> bool:
        """Whether `remote` holds an address."""
        return ":" not in self.domain

    @property
    def is_stream(self) -> bool:
        """Whether Content-Length alone tells where a message ends. Source: RFC 3261 §18.3, RFC 7118 §5."""
        return self.transport in ("TCP", "TLS")
