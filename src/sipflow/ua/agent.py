"""A user agent: many calls on one address. It joins the SIP core, the sessions and the wire.

Shaped by speed: one pass from datagram to call, no task and no future per message; what calls share (our header
fields, the To of a target, the way to it) is made once. Counted by valgrind on Python 3.11 over whole calls without
sockets: 474 thousand instructions a call as caller and 544 as callee, a third of them for reading messages;
see docs/performance.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sipflow.base.clock import Clock
from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.base.ids import Ids
from sipflow.net.endpoint import Endpoint, Network
from sipflow.net.pump import TimerPump
from sipflow.sip.address import NameAddr
from sipflow.sip.dialog import Dialog, DialogKey
from sipflow.sip.faults import faults
from sipflow.sip.flow import Address, Flow
from sipflow.sip.grammar import remembered, split_list
from sipflow.sip.headers import name_key
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.orders import AckReceived, RequestReceived, ResponseReceived, Transmit
from sipflow.sip.outgoing import Headers, OutgoingRequest, checked_headers, reason_phrase, response_bytes
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.sip.uas import ACCEPT, ALLOW, refuse_content, refuse_extensions, refuse_method
from sipflow.sip.uri import Uri
from sipflow.ua.call import SDP_TYPE, Call
from sipflow.ua.incoming_call import IncomingCall
from sipflow.ua.outgoing_call import OutgoingCall
from sipflow.ua.session import CallSession
from sipflow.ua.settings import AgentSettings

logger = logging.getLogger(__name__)

MessageTap = Callable[[str, bytes, Flow], None]
"""`sent` or `received`, the bytes, and the flow: called for every message, retransmissions included."""

CAPABILITIES = (ALLOW, ACCEPT, ("Accept-Encoding", "identity"), ("Accept-Language", "en"), ("Supported", ""))

MAX_FLOWS = 1024


class UserAgent:
    """One SIP user agent. Use it from one event loop only; `start` before anything else, `close` at the end."""

    def __init__(
        self,
        settings: AgentSettings,
        *,
        network: Network,
        clock: Clock,
        ids: Ids,
        new_session: Callable[[], CallSession],
        on_incoming: Callable[[IncomingCall], None],
        on_message: MessageTap | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.layer = TransactionLayer(ids, settings.timing)
        self.calls: dict[Call, None] = {}
        """Live calls, oldest first."""
        self.local = Address(settings.host, settings.port)
        """Where it listens, once started."""
        self._user = _escaped(settings.user)
        self._from = ""
        self._network = network
        self._new_session = new_session
        self._on_incoming = on_incoming
        self._on_message = on_message
        self._endpoint: Endpoint | None = None
        self._pump: TimerPump | None = None
        self._dialogs: dict[DialogKey, Call] = {}
        self._flows: dict[tuple[str, str], Flow] = {}
        self._vias: dict[str, str] = {}
        # Header fields of our own, by transport: the same for every call, so they are made once.
        self._own_response: dict[str, Headers] = {}
        self._own_invite: dict[str, Headers] = {}
        self._user_agent: Headers = (("User-Agent", settings.product),)

    # Life

    async def start(self, port: int | None = None) -> None:
        """Bind the address; `port` stands for that of the settings. Raises AddressUnavailable; then try another."""
        self._pump = TimerPump(asyncio.get_running_loop(), self)
        endpoint = await self._network.bind(self.settings.host, self.settings.port if port is None else port, self)
        self._endpoint = endpoint
        self.local = local = endpoint.local
        name = f'"{_quoted(self.settings.display_name)}" ' if self.settings.display_name else ""
        self._from = f"{name}<{self.address}>"
        for transport in ("UDP", "TCP"):
            self._vias[transport] = f"SIP/2.0/{transport} {local};rport;branch="
            parameter = "" if transport == "UDP" else ";transport=tcp"
            contact = ("Contact", f"<{self.address}{parameter}>")
            self._own_response[transport] = (contact, ALLOW)
            self._own_invite[transport] = (contact, ALLOW, *self._user_agent, SDP_TYPE)

    async def close(self) -> None:
        """Drop every call and transaction without a word, and close the sockets. May be called twice."""
        for call in list(self.calls):
            call.end(None)
        if self._pump is not None:
            self._pump.close()
        self.layer.clear()
        self._dialogs.clear()
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is not None:
            await endpoint.close()

    # Calls

    @property
    def address(self) -> str:
        """Our address of record: the URI in From."""
        return f"sip:{self._user}@{self.local}"

    def call(
        self, target: str, headers: Headers = (), on_created: Callable[[OutgoingCall], None] | None = None
    ) -> OutgoingCall:
        """Place a call to a SIP URI and return at once; `on_created` gets the call before its INVITE is sent.

        Raises SipParseError or LocalProtocolError for a target or header that can't be used, and AddressUnavailable
        where no media port is free.
        """
        to = _to_value(target)
        extra = checked_headers(headers) if headers else headers
        routes = _routes(extra) if extra else ()
        flow = self.flow_to(routes[0] if routes else target, self.settings.transport)
        session = self._new_session()
        body = session.create_offer()
        branch = self.ids.branch()
        invite = OutgoingRequest(
            method="INVITE",
            uri=target,
            branch=branch,
            via=self.via(flow.transport, branch),
            from_=f"{self._from};tag={self.ids.tag()}",
            to=to,
            call_id=self.ids.call_id(),
            cseq=1,
            routes=routes,
            headers=_with_defaults(extra, self._own_invite[flow.transport]),
            body=body,
        )
        call = OutgoingCall(self, session, invite, flow)
        self.calls[call] = None
        if on_created is not None:
            on_created(call)
        now = self.clock.now()
        call.start(now)
        self.drain(now)
        return call

    def register(self, dialog: Dialog, call: Call) -> None:
        """Requests within this dialog belong to this call."""
        self._dialogs[dialog.key] = call

    def unregister(self, dialog: Dialog) -> None:
        """The dialog is over."""
        self._dialogs.pop(dialog.key, None)

    def forget(self, call: Call) -> None:
        """The call has ended."""
        self.calls.pop(call, None)
        for dialog in call.dialogs():
            self.unregister(dialog)

    # Sending

    def request_in_dialog(self, dialog: Dialog, method: str, user: Call | None, now: float) -> ClientTransaction:
        """Send a request within a dialog; `user` learns what becomes of it."""
        flow = self.flow_to(dialog.next_hop, dialog.transport)
        branch = self.ids.branch()
        request = dialog.request(method, branch, self.via(flow.transport, branch), self._user_agent)
        return self.layer.request(request, flow, now, user)

    def response(
        self, transaction: ServerTransaction, status: int, reason: str, headers: Headers = (), body: bytes = b""
    ) -> bytes:
        """A whole response, not yet sent."""
        return response_bytes(transaction.head, status, reason, headers, body)

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        now: float,
        headers: Headers = (),
        body: bytes = b"",
        reason: str = "",
    ) -> None:
        """Answer a request."""
        data = response_bytes(transaction.head, status, reason or reason_phrase(status), headers, body)
        transaction.respond(status, data, now)

    def answer_options(self, transaction: ServerTransaction, now: float) -> None:
        """Say what we can do. Source: RFC 3261 §11.2."""
        self.respond(transaction, 200, now, CAPABILITIES)

    def dialog_headers(self, request: Request, flow: Flow) -> Headers:
        """What a response that creates a dialog carries. Source: RFC 3261 §12.1.1."""
        routes = request.record_route
        own = self._own_response[flow.transport]
        return (*(("Record-Route", value) for value in routes), *own) if routes else own

    def via(self, transport: str, branch: str) -> str:
        """Our Via value. Source: RFC 3261 §8.1.1.7, RFC 3581 §3."""
        return self._vias[transport] + branch

    def flow_to(self, next_hop: str, transport: str) -> Flow:
        """The flow by which a URI, bare or in angle brackets, is reached.

        A URI that names no transport is reached by `transport`. Raises LocalProtocolError for one that we lack.
        """
        flow = self._flows.get((next_hop, transport))
        if flow is None:
            uri = NameAddr.parse(next_hop).uri if "<" in next_hop else Uri.parse(next_hop)
            named = (uri.param("transport") or transport).upper()
            if uri.scheme != "sip" or named not in self._vias:
                raise LocalProtocolError(f"{next_hop}: only UDP and TCP are supported yet")
            flow = Flow(named, self.local, Address(uri.host, uri.port or 5060))
            if len(self._flows) >= MAX_FLOWS:
                self._flows.clear()
            self._flows[next_hop, transport] = flow
        return flow

    def transmit(self, data: bytes, flow: Flow) -> None:
        """Put bytes on the wire now."""
        if self._endpoint is not None:
            if self._on_message is not None:
                self._on_message("sent", data, flow)
            self._endpoint.send(data, flow)

    def drain(self, now: float) -> None:
        """Do what the core has ordered, until nothing is left, and look at the timers."""
        self._do_orders(now)
        self._arm()

    def _do_orders(self, now: float) -> None:
        orders = self.layer.orders
        while orders:
            order = orders.popleft()
            if isinstance(order, Transmit):
                self.transmit(order.data, order.flow)
            elif isinstance(order, ResponseReceived):
                if order.user is not None:
                    order.user.response_received(order.transaction, order.response, now)
            elif isinstance(order, RequestReceived):
                self._request_received(order.transaction, order.request, now)
            elif isinstance(order, AckReceived):
                self._ack_received(order.request, now)
            elif order.user is not None:
                order.user.transaction_failed(order, now)

    def _arm(self) -> None:
        if self._pump is not None:
            self._pump.arm(self.layer.timers.earliest)

    # What the wire brings

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        try:
            message = parse_message(data)
        except SipParseError as error:
            logger.debug("dropped from %s: %s", flow.remote, error)
            return
        if self._on_message is not None:
            self._on_message("received", data, flow)
        found = faults(message, flow.is_reliable)
        if isinstance(message, Response):
            if not found:
                self.layer.receive_response(message, now)
        elif not found:
            self.layer.receive_request(message, flow, now)
        elif message.method != "ACK":
            self.layer.refuse_statelessly(message, flow, found[0].status, found[0].reason)
        if self.layer.orders:
            self._do_orders(now)

    def batch_ended(self, now: float) -> None:  # noqa: ARG002 - the seam hands it to those who need it
        self._arm()

    def transport_failed(self, flow: Flow, reason: str, now: float) -> None:
        self.layer.transport_failed(flow, reason, now)
        self.drain(now)

    def timers_due(self, now: float) -> float:
        """The pump's tick: returns when the next one is due."""
        self.layer.timers.fire(now)
        self.drain(now)
        return self.layer.timers.earliest

    def _request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        if request.method == "CANCEL":
            self._cancel_received(transaction, request, now)
            return
        to_tag = request.to_tag
        if to_tag:
            found = self._dialogs.get((request.call_id, to_tag, request.from_tag))
            if found is not None:
                found.request_received(transaction, request, now)
                return
        refusal = refuse_method(request)
        if to_tag and (refusal is None or refusal.status == 405):
            self.respond(transaction, 481, now)
            return
        refusal = refusal or refuse_extensions(request) or refuse_content(request)
        if refusal is not None:
            self.respond(transaction, refusal.status, now, refusal.headers, reason=refusal.phrase)
        elif transaction.is_merged:
            self.respond(transaction, 482, now)
        elif isinstance(transaction, InviteServerTransaction):
            self._invited(transaction, request, now)
        elif request.method == "OPTIONS":
            self.answer_options(transaction, now)
        else:
            self.respond(transaction, 481, now)

    def _invited(self, transaction: InviteServerTransaction, request: Request, now: float) -> None:
        call = IncomingCall(self, self._new_session(), transaction, request)
        dialogs = call.dialogs()
        try:
            for dialog in dialogs:
                self.flow_to(dialog.next_hop, dialog.transport)
        except LocalProtocolError:
            self.respond(transaction, 400, now, reason="Bad Request (a Contact or Record-Route that can't be reached)")
            return
        transaction.user = call
        self.calls[call] = None
        for dialog in dialogs:
            self.register(dialog, call)
        if call.start(now):
            self._on_incoming(call)

    def _cancel_received(self, transaction: ServerTransaction, cancel: Request, now: float) -> None:
        invite = self.layer.cancelled_invite(cancel)
        if invite is None:
            self.respond(transaction, 481, now)
        elif isinstance(invite.user, IncomingCall):
            invite.user.cancel_received(transaction, cancel, now)
        else:
            self.respond(transaction, 200, now)

    def _ack_received(self, ack: Request, now: float) -> None:
        found = self._dialogs.get((ack.call_id, ack.to_tag, ack.from_tag))
        if found is not None:
            found.ack_received(ack, now)


@remembered
def _to_value(target: str) -> str:
    """The To value of a call to this URI. Raises SipParseError or LocalProtocolError."""
    uri = Uri.parse(target)
    if not uri.is_sip or uri.headers:
        raise LocalProtocolError(f"{target!r} is no SIP URI without header fields")
    return f"<{uri._replace(params=())}>"  # RFC 3261 §19.1.1, table 1: no transport in To


def _routes(headers: Headers) -> tuple[str, ...]:
    """The values of the Route header fields among these."""
    return tuple([route for name, value in headers if name_key(name) == "route" for route in split_list(value)])


def _with_defaults(headers: Headers, defaults: Headers) -> Headers:
    """The caller's header fields but Route, which has its own place, then those defaults that they do not replace."""
    if not headers:
        return defaults
    given = {name_key(name) for name, _ in headers}
    kept = (field for field in headers if name_key(field[0]) != "route")
    return (*kept, *(field for field in defaults if name_key(field[0]) not in given))


def _escaped(user: str) -> str:
    """A user part with what it may not hold written as %hh. Source: RFC 3261 §19.1.2."""
    plain = "-_.!~*'()&=+$,;?/"
    return "".join(
        c if c.isascii() and (c.isalnum() or c in plain) else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in user
    )


def _quoted(text: str) -> str:
    """The inside of a quoted string. Source: RFC 3261 §25.1."""
    kept = "".join(c for c in text if c.isprintable())
    return kept.replace("\\", "\\\\").replace('"', '\\"')
