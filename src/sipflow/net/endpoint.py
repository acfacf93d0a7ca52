"""The seam between a user agent and the wire: real sockets here, `MemoryNetwork` in `sipflow.testing`."""

from __future__ import annotations

from typing import Protocol

from sipflow.sip.flow import Address, Flow


class Receiver(Protocol):
    """What an endpoint calls. Every call is made from the event loop's thread and must not block."""

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one whole message cut from a stream. `data` is as it came."""
        ...

    def batch_ended(self, now: float) -> None:
        """A burst of `message_received` is over: the time to look at timers."""
        ...

    def transport_failed(self, flow: Flow, reason: str, now: float) -> None:
        """Something sent to `flow.remote` could not be delivered (ICMP, refused, reset, no route).

        `flow.connection` is 0 for datagrams. A stream that the peer closes in good order with nothing
        waiting to be sent is no failure. Source: RFC 3261 §18.4.
        """
        ...


class Endpoint(Protocol):
    """One address with UDP and TCP on the same port."""

    @property
    def local(self) -> Address: ...

    def send(self, data: bytes, flow: Flow) -> None:
        """Send one message. Never blocks and never raises: what fails is told to the receiver, later."""
        ...

    async def close(self) -> None:
        """Close sockets, connections and tasks; may be called twice."""
        ...


class Network(Protocol):
    """Where endpoints come from."""

    async def bind(self, host: str, port: int, receiver: Receiver) -> Endpoint:
        """Listen with UDP and TCP on one port; 0 chooses one that is free for both.

        Raises AddressUnavailable, and then leaves nothing open.
        """
        ...
