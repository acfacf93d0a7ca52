"""One side of a call that ends here: its dialog, and what is sent in it. Source: RFC 3261 §6 (B2BUA), §12."""

from __future__ import annotations

from typing import Final

from sipflow.pbx.wire import Wire
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.forwarding import passed_on
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Message, Request
from sipflow.sip.outgoing import Headers, OutgoingRequest, reason_phrase, response_bytes
from sipflow.sip.reliable_response import On, ReliableResponse, ResponseOwner
from sipflow.sip.transaction import ClientTransaction, TransactionUser

OF_ONE_SIDE: Final = frozenset(
    [
        *("via", "from", "to", "call-id", "cseq", "contact", "max-forwards", "max-breadth", "route", "record-route"),
        *("content-length", "proxy-authorization", "proxy-require", "rseq", "rack", "replaces", "path"),
    ]
)
"""Header fields that belong to one side alone; all others go across."""
NOT_ACROSS: Final = frozenset({"path", "outbound", "gruu"})
"""Extensions that two sides can't agree on through somebody between."""


def carried(message: Message) -> Headers:
    """The header fields of a message that go across."""
    if not message.fields.keys() & {"supported", "require"}:
        return passed_on(message, OF_ONE_SIDE)
    options: list[tuple[str, str]] = []
    for name in ("Supported", "Require"):
        tags = [tag for tag in message.list_values(name) if tag and tag.lower() not in NOT_ACROSS]
        if tags:
            options.append((name, ", ".join(tags)))
    return (*passed_on(message, OF_ONE_SIDE | {"supported", "require"}), *options)


class Leg:
    """One side of a call."""

    __slots__ = ("_ack", "_ack_flow", "_wire", "contact_user", "dialog", "success")

    def __init__(self, wire: Wire, dialog: Dialog, contact_user: str) -> None:
        self._wire = wire
        self.dialog = dialog
        self.contact_user = contact_user
        """Whom our Contact names on this side."""
        self.success: ReliableResponse | None = None
        """Our 2xx to an INVITE of this side."""
        self._ack = b""
        self._ack_flow: Flow | None = None

    @property
    def contact(self) -> tuple[str, str]:
        """Our Contact on this side."""
        return contact_field(self._wire, self.contact_user, self.dialog.transport)

    def send(
        self, method: str, headers: Headers, body: bytes, user: TransactionUser | None, now: float
    ) -> ClientTransaction:
        """Send a request within the dialog. Raises LocalProtocolError where there is no way."""
        flow = self._flow()
        branch = self._wire.ids.branch()
        request = self.dialog.request(method, branch, self._wire.via(flow.transport, branch), headers, body)
        return self._wire.layer.request(request, flow, now, user)

    def cancel(self, invite: OutgoingRequest, flow: Flow, now: float) -> None:
        """Cancel an INVITE of ours within the dialog."""
        self._wire.layer.request(invite.cancel(), flow, now, None)

    def acknowledge(self, cseq: int, body: bytes, headers: Headers) -> None:
        """Send the ACK to a 2xx of this side. Raises LocalProtocolError where there is no way."""
        flow = self._flow()
        branch = self._wire.ids.branch()
        self._ack = bytes(self.dialog.ack(cseq, branch, self._wire.via(flow.transport, branch), headers, body))
        self._ack_flow = flow
        self._wire.transmit(self._ack, flow)

    def acknowledge_again(self) -> None:
        """The 2xx has come again. Nothing is sent before there was an ACK."""
        if self._ack_flow is not None:
            self._wire.transmit(self._ack, self._ack_flow)

    def succeed(
        self,
        transaction: InviteServerTransaction,
        request: Request,
        status: int,
        headers: Headers,
        body: bytes,
        owner: ResponseOwner,
        now: float,
    ) -> None:
        """Answer an INVITE of this side, again and again until its ACK comes."""
        routes = tuple(("Record-Route", value) for value in request.record_route) if not request.to_tag else ()
        data = response_bytes(transaction.head, status, reason_phrase(status), (*routes, self.contact, *headers), body)
        self.success = ReliableResponse(transaction, status, request.cseq, data, owner, now)

    def acknowledged(self, ack: Request, now: float) -> bool:
        """The ACK to our 2xx came; whether it is the one that is waited for."""
        success = self.success
        if success is None or not success.is_pending or ack.cseq != success.cseq:
            return False
        success.feed(On.ACKNOWLEDGE, now)
        return True

    def abandon(self, now: float) -> None:
        """Nobody waits for an ACK any more."""
        if self.success is not None:
            self.success.feed(On.ABANDON, now)

    def _flow(self) -> Flow:
        dialog = self.dialog
        if dialog.flow.is_reliable and not dialog.routes:
            return dialog.flow
        return self._wire.flow_to(dialog.next_hop, dialog.transport)


def contact_field(wire: Wire, user: str, transport: str) -> tuple[str, str]:
    """A Contact that leads here."""
    parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
    return ("Contact", f"<sip:{user}@{wire.local}{parameter}>" if user else f"<sip:{wire.local}{parameter}>")
