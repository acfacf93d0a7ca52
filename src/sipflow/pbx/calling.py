"""The first INVITE of a joined call: answered by us, and sent by us to whoever is called. Source: RFC 3261 §6."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sipflow.base.errors import LocalProtocolError
from sipflow.pbx.branch import Branch, Reply
from sipflow.pbx.bridge import Bridge
from sipflow.pbx.fanout import Fanout
from sipflow.pbx.leg import Leg, carried, contact_field
from sipflow.pbx.routing import Target
from sipflow.pbx.settings import PbxSettings
from sipflow.pbx.wire import Answer, Wire, respond
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.forwarding import ForwardedRequest
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request, Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import MAX_FORWARDS, Headers, OutgoingRequest

logger = logging.getLogger(__name__)


class Calling(Fanout):
    """Calls whom a caller wants, in a dialog of our own."""

    def __init__(
        self,
        wire: Wire,
        settings: PbxSettings,
        transaction: InviteServerTransaction,
        request: Request,
        groups: Iterable[tuple[Target, ...]],
        bridge: Bridge,
        more: Headers = (),
    ) -> None:
        """`bridge` has the caller's leg; `more` header fields go to whom is called."""
        super().__init__(wire, settings, transaction, request, groups)
        self._invite = transaction
        self._bridge = bridge
        self._more = more
        bridge.on_early_bye = self._given_up

    def progressed(self, branch: Branch, response: Response, now: float) -> None:
        """It rings: the caller hears so in the one dialog that it has with us."""
        if self._is_done:
            return
        bridge = self._bridge
        number: Headers | None = ()
        if response.to_tag:
            leg = self._leg(branch, response)
            bridge.join(leg)
            number = bridge.reliable_number(leg, response, bridge.near, self._request.cseq)
        if number is not None:
            answer = Answer(response.status, (*self._dialog_fields(), *carried(response), *number), response.reason)
            respond(self._transaction, answer, now, response.body)

    def answered(self, branch: Branch, response: Response, now: float) -> None:
        """The first answer is the call; any other is acknowledged and hung up. Source: RFC 3261 §13.2.2.4."""
        bridge, far = self._bridge, self._bridge.far
        is_ours = far is not None and far.dialog.key == self._leg(branch, response).dialog.key
        if self._is_done or bridge.is_over:
            if is_ours and far is not None:
                far.acknowledge_again()
            else:
                self._refuse_answer(branch, response, now)
            return
        self._is_done = True
        leg = far if is_ours and far is not None else self._leg(branch, response)
        leg.dialog.confirm(response)
        bridge.join(leg)
        bridge.await_ack(leg, branch.request.cseq)
        headers = carried(response)
        bridge.near.succeed(self._invite, self._request, response.status, headers, response.body, bridge, now)
        self._cancel_all(now)

    def _given_up(self, now: float) -> None:
        """The caller ends the call, by a BYE, before it is answered. Source: RFC 3261 §15.1.2."""
        if not self._is_done:
            self._end(Reply(487), now)
        self.cancel(now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        super().transaction_failed(failure, now)
        if failure.transaction is self._transaction:
            self._bridge.close()

    def _copy(self, target: Target, flow: Flow, count: int) -> OutgoingRequest:  # noqa: ARG002 - as the seam says
        """Our own INVITE: what the caller said, in a dialog of ours."""
        request, wire = self._request, self._wire
        hops = request.max_forwards
        branch = wire.ids.branch()
        caller = request.from_
        params = tuple(param for param in caller.params if param[0].lower() != "tag")
        from_ = f"{caller._replace(params=params)};tag={wire.ids.tag()}"
        call_id = wire.ids.call_id()
        lines: Headers = (
            ("Max-Forwards", str(MAX_FORWARDS if hops is None else max(hops - 1, 0))),
            ("From", from_),
            ("To", request.to_text),
            ("Call-ID", call_id),
            ("CSeq", "1 INVITE"),
            contact_field(wire, caller.uri.raw_user, flow.transport),
            *carried(request),
            *self._more,
        )
        return ForwardedRequest(
            "INVITE", target.uri, branch, wire.via(flow.transport, branch), from_, request.to_text, call_id, 1,
            routes=target.routes, body=request.body, lines=lines,
        )  # fmt: skip

    def _finish(self, reply: Reply, now: float) -> None:
        status, response = reply
        self._bridge.close()
        if response is None:
            respond(self._transaction, Answer(status), now)
            return
        contacts = tuple(("Contact", value) for value in response.header_values("Contact") if 300 <= status < 400)
        respond(self._transaction, Answer(status, (*contacts, *carried(response)), response.reason), now, response.body)

    def _leg(self, branch: Branch, response: Response) -> Leg:
        """The side of whoever sent this response."""
        far = self._bridge.far
        dialog = Dialog.from_response(branch.request, response, branch.flow)
        if far is not None and far.dialog.key == dialog.key:
            return far
        return Leg(self._wire, dialog, self._request.from_.uri.raw_user)

    def _refuse_answer(self, branch: Branch, response: Response, now: float) -> None:
        """Acknowledge an answer that nobody wants any more, and hang it up."""
        leg = self._leg(branch, response)
        try:
            leg.acknowledge(branch.request.cseq, b"", ())
            leg.send("BYE", (), b"", None, now)
        except LocalProtocolError as error:
            logger.warning("an answer that nobody wants can't be hung up: %s", error)

    def _dialog_fields(self) -> Headers:
        """What makes a dialog of a response. Source: RFC 3261 §12.1.1."""
        routes = tuple(("Record-Route", value) for value in self._request.record_route)
        return (*routes, self._bridge.near.contact)
