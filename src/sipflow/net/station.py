"""One SIP address that answers: endpoint, transactions and timer, joined. Who it is, a subclass says.

Shaped by speed: one pass from datagram to whoever it is for, no task and no future per message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from sipflow.base.errors import FramingError, NameUnknown, SipParseError
from sipflow.base.ids import Ids
from sipflow.base.sayings import Told
from sipflow.net.endpoint import PLAIN, Endpoint, Network, StreamSettings
from sipflow.net.paths import Paths
from sipflow.net.pump import TimerPump
from sipflow.sip.faults import faults, is_answer
from sipflow.sip.flow import Address, Flow
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.orders import AckReceived, RequestReceived, ResponseReceived, TransactionFailed
from sipflow.sip.timers import Timing
from sipflow.sip.transaction import ServerTransaction

MessageTap = Callable[[str, bytes, Flow], None]
"""`sent` or `received`, the bytes, and the flow: called for every message, retransmissions included."""
UnreadTap = Callable[[SipParseError, bytes, Flow], None]
"""What came and is of no use: bytes that are no message, or the head of one after which a stream can't be read on."""


class Station:
    """Use it from one event loop: `bind` it first, `close` it at the end."""

    def __init__(
        self,
        timing: Timing,
        local: Address,
        *,
        network: Network,
        ids: Ids,
        on_message: MessageTap | None = None,
        on_unread: UnreadTap | None = None,
        forwards: bool = False,
    ) -> None:
        """`local` is where it is to listen; `forwards`: see TransactionLayer."""
        self.layer = TransactionLayer(ids, timing, self.transmit, forwards=forwards)
        self.ids = ids
        self.local = local
        """Where it listens, once bound."""
        self.network = network
        self.is_lost: Callable[[Request], bool] | None = None
        """Whether a request that has just come is to be lost, as if the network had done it."""
        self._on_message = on_message
        self._on_unread = on_unread
        self._told = None if on_message is None else self._tell_sent
        self._endpoint: Endpoint | None = None
        self._pump: TimerPump | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._acknowledged: asyncio.Future[None] | None = None
        self.settle(local)

    def settle(self, local: Address) -> None:
        """Its address is known."""
        self.local = local
        self.paths = Paths(local, self.network.resolver, self.ids.number)

    async def bind(self, host: str, port: int, settings: StreamSettings = PLAIN) -> None:
        """Listen; port 0 chooses one. Raises TlsUnusable, and AddressUnavailable, after which another may be tried."""
        self._pump = TimerPump(asyncio.get_running_loop(), self)
        self._endpoint = await self.network.bind(host, port, self, settings)
        self.settle(self._endpoint.local)

    async def close(self) -> None:
        """Drop every transaction without a word, and close the sockets. May be called twice."""
        if self._pump is not None:
            self._pump.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self.layer.clear()
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            await endpoint.close()

    async def until_acknowledged(self) -> None:
        """Return once no refusal of an INVITE waits to be sent again: each has its ACK, or was given up."""
        if self.layer.unacknowledged:
            if self._acknowledged is None:
                self._acknowledged = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._acknowledged)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside; it ends with the station at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Sending

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Put bytes on the wire now, or once it is known where."""
        endpoint = self._endpoint
        if endpoint is None:
            return
        if flow.domain and not flow.is_located:
            self.spawn(self._locate_and_transmit(data, flow))
        else:
            endpoint.send(data, flow, self._told)

    def keep_alive(self, data: bytes, flow: Flow) -> None:
        """Put what is no message on the wire; nobody is told."""
        if self._endpoint is not None:
            self._endpoint.send(data, flow)

    async def _locate_and_transmit(self, data: bytes, flow: Flow) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await self.paths.first_server(flow, loop.time())
        except NameUnknown as error:
            self.transport_failed(flow, error.said, loop.time())
        else:
            self.transmit(data, found)

    def _tell_sent(self, data: bytes, flow: Flow) -> None:
        if self._on_message is not None:
            self._on_message("sent", data, flow)

    # What the wire brings

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        try:
            message = parse_message(data)
        except SipParseError as error:
            if not self.other_received(data, flow) and self._on_unread is not None:
                self._on_unread(error, data, flow)
            return
        if self._on_message is not None:
            self._on_message("received", data, flow)
        found = faults(message, flow.is_stream) if message.shape is None else ()
        if isinstance(message, Response):
            if (not found or is_answer(message, found)) and not self.layer.receive_response(message, now):
                self.stray_response_received(message, now)
        elif self.is_lost is not None and self.is_lost(message):
            return
        elif not found:
            self.layer.receive_request(message, flow, now)
        elif message.method != "ACK":
            self.layer.refuse_statelessly(message, flow, found[0].status, found[0].reason)
        if self.layer.orders:
            self._do_orders(now)

    def stream_broken(self, fault: FramingError, flow: Flow, now: float) -> None:  # noqa: ARG002 - the seam hands it to those who need it
        if self._on_message is not None:
            self._on_message("received", fault.data, flow)
        if self._on_unread is not None:
            self._on_unread(fault, fault.data, flow)
        self.layer.refuse_broken(fault, flow)

    def batch_ended(self, now: float) -> None:
        self.drain(now)

    def transport_failed(self, flow: Flow, reason: Told, now: float) -> None:
        self.layer.transport_failed(flow, reason, now)
        self.drain(now)

    def connection_closed(self, flow: Flow, now: float) -> None:
        """What waits for a response gets it by another connection. Source: RFC 3261 §18.2.2."""

    def timers_due(self, now: float) -> float:
        """The pump's tick: returns when the next one is due."""
        self.layer.timers.fire(now)
        self.drain(now)
        return self.layer.timers.earliest

    def drain(self, now: float) -> None:
        """Do what the core has ordered, until nothing is left, and look at the timers."""
        layer = self.layer
        if layer.orders:
            self._do_orders(now)
        if self._pump is not None:
            self._pump.arm(layer.timers.earliest)
        if self._acknowledged is not None and not layer.unacknowledged:
            self._acknowledged.set_result(None)
            self._acknowledged = None

    def _do_orders(self, now: float) -> None:
        orders = self.layer.orders
        while orders:
            order = orders.popleft()
            if isinstance(order, ResponseReceived):
                self.response_received(order, now)
            elif isinstance(order, RequestReceived):
                self.request_received(order.transaction, order.request, now)
            elif isinstance(order, AckReceived):
                self.ack_received(order.request, order.flow, now)
            elif isinstance(order, TransactionFailed) and order.user is not None:
                order.user.transaction_failed(order, now)

    # What a subclass does with it

    def other_received(self, data: bytes, flow: Flow) -> bool:  # noqa: ARG002 - for those who await something
        """Something that is no SIP message; whether it is of use, as what keeps a flow open is."""
        return not data.strip(b"\r\n\0")

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A new request, with the transaction that awaits its response."""
        raise NotImplementedError

    def ack_received(self, ack: Request, flow: Flow, now: float) -> None:
        """An ACK to a 2xx, or one that belongs to nothing."""
        raise NotImplementedError

    def response_received(self, order: ResponseReceived, now: float) -> None:
        """A response to a request of ours."""
        if order.user is not None:
            order.user.response_received(order.transaction, order.response, now)

    def stray_response_received(self, response: Response, now: float) -> None:
        """A response to nothing that we have sent."""
