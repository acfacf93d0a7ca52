"""The 2xx responses to one INVITE of ours. Source: RFC 3261 §13.2.2.4, RFC 6026 §8.4.

Each To tag is a dialog of its own: every one is acknowledged, also when its 2xx comes again, and all but the
first are hung up. This outlives the call, for as long as a repeated 2xx may come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sipflow.base.errors import LocalProtocolError, NameUnknown
from sipflow.base.sayings import Told
from sipflow.sip.dialog import Dialog
from sipflow.sip.digest_client import credentials_of
from sipflow.sip.flow import Flow
from sipflow.sip.message import Response
from sipflow.sip.orders import TransactionFailed
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.retry import Refused, Retry
from sipflow.sip.transaction import ClientTransaction
from sipflow.sip.uas import SDP_TYPE

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

MAX_FORKS = 64
"""Dialogs that one INVITE of ours may create; a hostile peer gets no more."""


class Answers:
    """Acknowledges what an INVITE is answered with."""

    __slots__ = ("_acks", "_agent", "_flow", "_invite", "when_sent")

    def __init__(self, agent: UserAgent, invite: OutgoingRequest, flow: Flow) -> None:
        self._agent = agent
        self._invite = invite
        self._flow = flow
        self._acks: tuple[tuple[str, bytes, Flow], ...] = ()
        """To tag, ACK, and where it goes: mostly one, and smaller than a dictionary."""
        self.when_sent: Callable[[Told, float], None] | None = None
        """Told what `acknowledge` could not tell at once, and when that was."""

    def dialog_of(self, response: Response) -> Dialog:
        """The dialog that a response with a To tag creates."""
        return Dialog.from_response(self._invite, response, self._flow)

    def repeat(self, response: Response) -> bool:
        """Acknowledge a 2xx once more if its dialog is acknowledged already; returns whether that was all to do.

        Where a peer makes too many dialogs, nothing is done about further ones.
        """
        acks = self._acks
        if not acks:
            return False
        to_tag = response.to_tag
        for tag, ack, flow in acks:
            if tag == to_tag:
                self._agent.transmit(ack, flow)
                return True
        return len(acks) >= MAX_FORKS

    def acknowledge(self, dialog: Dialog, answer: bytes = b"") -> Told | None:
        """Send the ACK to the first 2xx of a dialog: a request of its own, with the INVITE's CSeq number.

        `answer` is our description, where the 2xx has brought an offer. Returns why the peer can't be reached where it
        says: then the ACK has gone the way of the INVITE, and a BYE is all that can follow; mostly empty. None where a
        name has to be looked up before: then `when_sent` is told.
        """
        agent = self._agent
        unreachable: Told = ""
        try:
            flow = agent.ways.within(dialog)
        except LocalProtocolError as error:
            flow, unreachable = dialog.flow, error.said
        branch = agent.ids.branch()
        headers = credentials_of(self._invite) if agent.digest is not None else ()
        if answer:
            headers = (*headers, SDP_TYPE)
        ack = bytes(
            dialog.ack(self._invite.cseq, branch, agent.identity.vias[flow.transport] + branch, headers, answer)
        )
        self._acks += ((dialog.remote_tag, ack, flow),)
        if not flow.is_located:
            agent.spawn(self._send_by_name(dialog, ack, flow))
            return None
        agent.transmit(ack, flow)
        return unreachable

    async def _send_by_name(self, dialog: Dialog, ack: bytes, flow: Flow) -> None:
        """Send an ACK to the host of a name, or the way of the INVITE where nobody knows that."""
        agent = self._agent
        unreachable: Told = ""
        try:
            found = await agent.paths.first_server(flow, agent.clock.now())
        except NameUnknown as error:
            found, unreachable = dialog.flow, error.said
        self._acks = tuple([(tag, data, found if data is ack else way) for tag, data, way in self._acks])
        agent.transmit(ack, found)
        if self.when_sent is not None:
            now = agent.clock.now()
            self.when_sent(unreachable, now)
            agent.drain(now)

    def hang_up(self, dialog: Dialog, now: float) -> None:
        """Acknowledge a 2xx that nobody wants any more, and end its dialog."""
        self.acknowledge(dialog)
        self._agent.request_in_dialog(dialog, "BYE", None, now)

    # The call is over, and this is the user of its INVITE transaction

    def retry(self, _refused: Refused, _now: float) -> Retry | None:
        return None

    def resent(self, transaction: ClientTransaction) -> None:
        """Nothing is sent again."""

    def response_received(self, transaction: ClientTransaction, response: Response, now: float) -> None:
        if transaction.method == "INVITE" and 200 <= response.status < 300 and not self.repeat(response):
            self.hang_up(self.dialog_of(response), now)

    def transaction_failed(self, failure: TransactionFailed, now: float) -> None:
        """The call is over anyway."""
