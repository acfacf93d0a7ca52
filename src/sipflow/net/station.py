"""One SIP address that answers: endpoint, transactions and timer, joined. What it serves is its server's business."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from sipflow.base.errors import FramingError, NameUnknown, SipParseError
from sipflow.base.ids import Ids
from sipflow.net.endpoint import Endpoint, Network
from sipflow.net.paths import Paths
from sipflow.net.pump import TimerPump
from sipflow.sip.faults import faults, is_answer
from sipflow.sip.flow import Address, Flow
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.orders import AckReceived, RequestReceived, ResponseReceived, TransactionFailed
from sipflow.sip.timers import Timing
from sipflow.sip.transaction import ServerTransaction

logger = logging.getLogger(__name__)

MessageTap = Callable[[str, bytes, Flow], None]
"""`sent` or `received`, the bytes, and the flow: called for every message, retransmissions included."""


class Server(Protocol):
    """What is done with requests."""

    def loses(self, request: Request) -> bool:
        """Whether a request that has just come is to be lost, as if the network had done it."""
        ...

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """A new request, with the transaction that awaits its response."""
        ...

    def ack_received(self, ack: Request, flow: Flow, now: float) -> None:
        """An ACK to a 2xx, or one that belongs to nothing."""
        ...


class Station:
    """Use it from one event loop: `start` it with the server first, `close` it at the end."""

    def __init__(
        self,
        timing: Timing,
        *,
        network: Network,
        ids: Ids,
        on_message: MessageTap | None = None,
        on_log: Callable[[str], None] | None = None,
        forwards: bool = False,
    ) -> None:
        """`forwards`: see TransactionLayer."""
        self.layer = TransactionLayer(ids, timing, self.transmit, forwards=forwards)
        self.ids = ids
        self._network = network
        self._on_message = on_message
        self._on_log = on_log
        self._server: Server | None = None
        self._endpoint: Endpoint | None = None
        self._pump: TimerPump | None = None
        self._local = Address("", 0)
        self._paths = Paths(self._local, network.resolver, ids.number)
        self._lookups: set[asyncio.Task[None]] = set()

    @property
    def local(self) -> Address:
        """Where it listens, once started."""
        return self._local

    async def start(self, host: str, port: int, server: Server) -> None:
        """Bind the address; port 0 chooses one. Raises AddressUnavailable; then try another."""
        self._server = server
        self._pump = TimerPump(asyncio.get_running_loop(), self)
        self._endpoint = await self._network.bind(host, port, self)
        self._local = self._endpoint.local
        self._paths = Paths(self._local, self._network.resolver, self.ids.number)

    async def close(self) -> None:
        """Drop every transaction without a word, and close the sockets. May be called twice."""
        if self._pump is not None:
            self._pump.close()
        for task in self._lookups:
            task.cancel()
        if self._lookups:
            await asyncio.wait(self._lookups)
        self.layer.clear()
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            await endpoint.close()

    # Sending

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Put bytes on the wire now, or once it is known where."""
        if self._endpoint is None:
            return
        if flow.is_located:
            self._endpoint.send(data, flow, self._tell_sent)
        else:
            task = asyncio.get_running_loop().create_task(self._locate_and_transmit(data, flow))
            self._lookups.add(task)
            task.add_done_callback(self._lookups.discard)

    async def _locate_and_transmit(self, data: bytes, flow: Flow) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await self._paths.first_server(flow, loop.time())
        except NameUnknown as error:
            self.transport_failed(flow, str(error), loop.time())
        else:
            self.transmit(data, found)

    def _tell_sent(self, data: bytes, flow: Flow) -> None:
        if self._on_message is not None:
            self._on_message("sent", data, flow)

    def flow_to(self, next_hop: str, transport: str) -> Flow:
        """The flow by which a URI, bare or in angle brackets, is reached; `transport` where it names none.

        Raises SipParseError, and LocalProtocolError for a transport that we lack.
        """
        return self._paths.to(next_hop, transport)

    def via(self, transport: str, branch: str) -> str:
        """Our Via value. Source: RFC 3261 §8.1.1.7, RFC 3581 §3."""
        return f"SIP/2.0/{transport} {self._local};rport;branch={branch}"

    def log(self, message: str) -> None:
        """Tell people what was done, and why."""
        if self._on_log is not None:
            self._on_log(message)

    # What the wire brings

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        try:
            message = parse_message(data)
        except SipParseError as error:
            logger.debug("dropped from %s: %s", flow.remote, error)
            return
        if self._on_message is not None:
            self._on_message("received", data, flow)
        found = faults(message, flow.is_stream)
        if isinstance(message, Response):
            if not found or is_answer(message, found):
                self.layer.receive_response(message, now)
        elif self._server is not None and self._server.loses(message):
            return
        elif not found:
            self.layer.receive_request(message, flow, now)
        elif message.method != "ACK":
            self.layer.refuse_statelessly(message, flow, found[0].status, found[0].reason)
        self._do_orders(now)

    def stream_broken(self, fault: FramingError, flow: Flow, now: float) -> None:  # noqa: ARG002 - as in `batch_ended`
        self.layer.refuse_broken(fault, flow)

    def batch_ended(self, now: float) -> None:  # noqa: ARG002 - the seam hands it to those who need it
        self._arm()

    def transport_failed(self, flow: Flow, reason: str, now: float) -> None:
        self.layer.transport_failed(flow, reason, now)
        self._do_orders(now)
        self._arm()

    def timers_due(self, now: float) -> float:
        """The pump's tick: returns when the next one is due."""
        self.layer.timers.fire(now)
        self._do_orders(now)
        return self.layer.timers.earliest

    def _do_orders(self, now: float) -> None:
        orders, server = self.layer.orders, self._server
        while orders:
            order = orders.popleft()
            if isinstance(order, ResponseReceived):
                if order.user is not None:
                    order.user.response_received(order.transaction, order.response, now)
            elif isinstance(order, TransactionFailed):
                if order.user is not None:
                    order.user.transaction_failed(order, now)
            elif server is not None and isinstance(order, RequestReceived):
                server.request_received(order.transaction, order.request, now)
            elif server is not None and isinstance(order, AckReceived):
                server.ack_received(order.request, order.flow, now)

    def _arm(self) -> None:
        if self._pump is not None:
            self._pump.arm(self.layer.timers.earliest)
