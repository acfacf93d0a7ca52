"""A flow: where a message came from, or where it goes."""

from __future__ import annotations

from typing import NamedTuple


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
    """`UDP` or `TCP`."""
    local: Address
    remote: Address
    connection: int = 0
    """Number of the stream connection, from 1; 0 means any that reaches `remote`, or a new one."""

    @property
    def is_reliable(self) -> bool:
        """Whether the transport retransmits by itself."""
        return self.transport != "UDP"
