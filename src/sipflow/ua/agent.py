"""A user agent: many calls on one address. It joins the SIP core, the sessions and the wire.

Shaped by speed: what calls share (our header fields, the To of a target, the way to it) is made once. Counted with
`sys.settrace` on Python 3.11 over whole calls with SIPp's messages: 3,713 bytecodes and 133 Python calls a call as
caller, 4,014 and 146 as callee, an eighth of them for reading messages; see docs/performance.md.
`tests/ua/test_cost.py` keeps it so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sipflow.base.clock import Clock
from sipflow.base.ids import Ids
from sipflow.base.sayings import Saying, Told
from sipflow.media import StreamReport
from sipflow.net.endpoint import Network
from sipflow.net.station import MessageTap, Station, UnreadTap
from sipflow.sip.dialog import Dialog, DialogKey
from sipflow.sip.flow import Address, Flow
from sipflow.sip.message import Request, Response
from sipflow.sip.methods import TARGET_REFRESHERS
from sipflow.sip.orders import ResponseReceived
from sipflow.sip.outgoing import Headers, OutgoingRequest, checked_headers, reason_phrase, response_bytes
from sipflow.sip.redirects import Redirects
from sipflow.sip.transaction import ClientTransaction, ServerTransaction, TransactionUser
from sipflow.sip.uas import DUE_IN, SDP_TYPE
from sipflow.sip.uri import Uri
from sipflow.ua.authentication import Gate, digest_client
from sipflow.ua.call import Call
from sipflow.ua.delivery import MAX_DATAGRAM_BYTES, Delivery
from sipflow.ua.identity import Identity, form_within, with_defaults
from sipflow.ua.incoming_call import IncomingCall
from sipflow.ua.outgoing_call import OutgoingCall
from sipflow.ua.reception import ack_received, remember_response, request_received
from sipflow.ua.registration import Registration
from sipflow.ua.requests import Requests
from sipflow.ua.retries import try_again
from sipflow.ua.session import CallSession
from sipflow.ua.settings import AgentSettings
from sipflow.ua.ways import Way, Ways, routes_of

MAX_PAST = 256
"""Dialogs that have ended and are still known by name."""
Follow = Callable[[Call, Call, str], None]
"""The call before, the new one, and how it came of it: `transfer` or `replaced`."""
MediaTap = Callable[[Call, str, Told, StreamReport | None], None]
"""A call, what has happened to its media, the particulars, and the figures of a stream that has ended."""
LOOPBACK = "127.0.0.1"


class UserAgent(Station):
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
        on_unread: UnreadTap | None = None,
        gate: Gate | None = None,
        on_follow: Follow | None = None,
        on_media: MediaTap | None = None,
        locate: Callable[[str], str] = str,
    ) -> None:
        """`locate` says where a URI that a peer refers us to is called; without it, there."""
        self.settings = settings
        self.clock = clock
        local = Address(settings.host, settings.port)
        super().__init__(settings.timing, local, network=network, ids=ids, on_message=on_message, on_unread=on_unread)
        self.calls: dict[Call, None] = {}
        """Live calls, oldest first."""
        self.digest = digest_client(settings, ids)
        """Answers challenges; None where no password is set."""
        self.locate = locate
        self.gate = gate
        """Asks callers for credentials; None where anybody may call."""
        self.registration: Registration | None = None
        """With the registrar of the settings, once it is started."""
        self.requests = Requests(self)
        """What is sent and received besides calls."""
        self.dialogs: dict[DialogKey, Call] = {}
        """The live call of each dialog."""
        self.new_session = new_session
        self.on_incoming = on_incoming
        self._on_follow = on_follow
        self._on_media = on_media
        self._past: deque[DialogKey] = deque(maxlen=MAX_PAST)

    def settle(self, local: Address) -> None:
        super().settle(local)
        self.identity = Identity(self.settings, local)
        """What it writes of itself."""
        self.ways = Ways(self.settings, self.paths)
        """Where its requests go."""

    # Life

    async def start(self, port: int | None = None) -> None:
        """Bind the address; `port` stands for that of the settings.

        Raises TlsUnusable, and AddressUnavailable, after which another port may be tried.
        """
        settings = self.settings
        host = settings.host
        if not host:
            host = await self.network.host_towards(Uri.parse(settings.proxy).host) if settings.proxy else LOOPBACK
        await self.bind(host, settings.port if port is None else port, settings.streams)

    async def close(self) -> None:
        """Drop every call and transaction without a word, and close the sockets. May be called twice."""
        for call in list(self.calls):
            call.end(None)
        if self.registration is not None:
            self.registration.close()
        await super().close()
        self.requests.close()
        self.dialogs.clear()

    # Calls

    @property
    def address(self) -> str:
        """Where we are reached: the URI in Contact, by UDP."""
        return self.identity.address

    def call(
        self,
        target: str,
        headers: Headers = (),
        on_created: Callable[[OutgoingCall], None] | None = None,
        *,
        follow_redirects: bool = False,
        offers: bool = True,
    ) -> OutgoingCall:
        """Place a call to a SIP URI and return at once; `on_created` gets the call before its INVITE is sent.

        Where it offers no session, the 2xx has to, and the ACK answers (RFC 3261 §13.2.1).

        Raises SipParseError or LocalProtocolError for a target or header that can't be used, and AddressUnavailable
        where no media port is free.
        """
        extra = checked_headers(headers) if headers else headers
        uri, routes, flow, to, form = self.way_to(target, extra)
        session = self.new_session()
        ids, identity = self.ids, self.identity
        branch = ids.branch()
        via, from_ = identity.vias[flow.transport] + branch, f"{identity.from_};tag={ids.tag()}"
        written = identity.in_invite[form]
        if extra:
            written = with_defaults(extra, written)
        invite = OutgoingRequest("INVITE", uri, branch, via, from_, to, ids.call_id(), 1, routes, written)
        redirects = Redirects(uri) if follow_redirects else None
        call = OutgoingCall(self, session, invite, flow, redirects)
        if offers:
            invite.body = call.exchange.offer("INVITE")
        else:
            invite.headers = tuple(field for field in written if field is not SDP_TYPE)
        self.calls[call] = None
        if on_created is not None:
            on_created(call)
        now = self.clock.now()
        call.start(now)
        self.drain(now)
        return call

    def way_to(self, target: str, headers: Headers = ()) -> Way:
        """The way of a request outside of any dialog: by its Route, else by that which the registrar has given.

        Raises SipParseError or LocalProtocolError.
        """
        routes = routes_of(headers) if headers else ()
        if not routes and self.registration is not None:
            routes = self.registration.service_route
        return self.ways.to(target, routes)

    def unregister(self, dialog: Dialog) -> None:
        """The dialog is over."""
        key = dialog.key
        if self.dialogs.pop(key, None) is not None:
            self._past.append(key)

    def had_dialog(self, key: DialogKey) -> bool:
        """Whether there was such a dialog, among the last that have ended."""
        return key in self._past

    def follows(self, call: Call, new: Call, how: str) -> None:
        """A new call comes of another one without the scenario's doing: by `transfer`, or because it `replaced` it."""
        if self._on_follow is not None:
            self._on_follow(call, new, how)

    def tell_media(self, call: Call, what: str, detail: Told, report: StreamReport | None = None) -> None:
        """Something has happened to the media of a call."""
        if self._on_media is not None:
            self._on_media(call, what, detail, report)

    def forget(self, call: Call) -> None:
        """The call has ended."""
        self.calls.pop(call, None)
        if self.digest is not None:
            self.digest.forget(call.sip_call_id)
        for dialog in call.dialogs():
            self.unregister(dialog)

    # Sending

    def request_in_dialog(
        self,
        dialog: Dialog,
        method: str,
        user: TransactionUser | None,
        now: float,
        headers: Headers = (),
        body: bytes = b"",
    ) -> ClientTransaction:
        """Send a request within a dialog, with our Contact where it must have one; `user` learns what becomes of it.

        Raises LocalProtocolError where the peer can't be reached, but for a BYE.
        """
        flow = self.ways.to_end(dialog) if method == "BYE" else self.ways.within(dialog)
        identity = self.identity
        if method in TARGET_REFRESHERS:
            headers = with_defaults(headers, (identity.contacts[form_within(dialog, flow.transport)],))
        branch = self.ids.branch()
        written = with_defaults(headers, identity.product) if headers else identity.product
        request = dialog.request(method, branch, identity.vias[flow.transport] + branch, written, body)
        if self.digest is not None:
            request = self.digest.authorize(request)
        return self.send(request, flow, now, user)

    def send(self, request: OutgoingRequest, flow: Flow, now: float, user: TransactionUser | None) -> ClientTransaction:
        """Send a request other than an ACK; `user` learns what becomes of it.

        `flow` is the one whose transport its Via names. Where it has to be sent anew, to another server or by another
        transport, `user` is told by `resent`.
        """
        transaction = self.layer.prepare(request, flow, user)
        if not flow.domain and (len(transaction.data) <= MAX_DATAGRAM_BYTES or flow.transport != "UDP"):
            transaction.start(now)
            return transaction
        return Delivery(self, request, transaction, user).start(now)

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
        if status in DUE_IN:
            headers = with_defaults(headers, DUE_IN[status])
        data = response_bytes(transaction.head, status, reason or reason_phrase(status), headers, body)
        transaction.respond(status, data, now)

    def answer_options(self, transaction: ServerTransaction, now: float) -> None:
        """Say what we can do. Source: RFC 3261 §11.2."""
        self.respond(transaction, 200, now, self.identity.capabilities)

    # What the wire brings

    def request_received(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        request_received(self, transaction, request, now)

    def ack_received(self, ack: Request, flow: Flow, now: float) -> None:  # noqa: ARG002 - for those who forward it
        ack_received(self, ack, now)

    def response_received(self, order: ResponseReceived, now: float) -> None:
        if self.requests.remembers_responses:
            remember_response(self, order, now)
        if order.user is not None and (order.response.status < 300 or not try_again(self, order, now)):
            order.user.response_received(order.transaction, order.response, now)

    def stray_response_received(self, response: Response, now: float) -> None:
        self.requests.see_stray_response(response, now)

    def transport_failed(self, flow: Flow, reason: Told, now: float) -> None:
        if self.registration is not None:
            self.registration.flow_failed(flow, reason)
        super().transport_failed(flow, reason, now)

    def connection_closed(self, flow: Flow, now: float) -> None:
        if self.registration is not None:
            self.registration.flow_failed(flow, Saying.of("closed-by-peer"))
            self.drain(now)

    def other_received(self, data: bytes, flow: Flow) -> bool:
        if self.registration is not None and self.registration.received(data, flow):
            return True
        return super().other_received(data, flow)
