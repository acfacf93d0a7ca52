"""Sends a request of ours again, changed, where it was refused and its sender knows better."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sipflow.base.errors import LocalProtocolError
from sipflow.sip.flow import Flow
from sipflow.sip.orders import ResponseReceived
from sipflow.sip.outgoing import OutgoingRequest
from sipflow.sip.retry import MAX_TRIES, Refused
from sipflow.sip.transaction import TransactionUser
from sipflow.ua.delivery import Delivery

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent

logger = logging.getLogger(__name__)


def try_again(agent: UserAgent, order: ResponseReceived, now: float) -> bool:
    """Whether a refused request was sent again, as its user wants."""
    request, user = order.request, order.user
    if request is None or user is None or request.tries >= MAX_TRIES:
        return False
    refused = Refused(request, order.response, order.transaction.flow)
    for _ in range(MAX_TRIES):
        retry = user.retry(refused, now)
        if retry is None:
            return False
        stays = retry.request.next_hop == request.next_hop
        sender = user.sender if isinstance(user, Delivery) else user
        try:
            _resend(agent, retry.request, retry.flow or (refused.flow if stays else None), sender, now)
        except LocalProtocolError as error:
            logger.warning("%s can't be sent again: %s", request.method, error)
        else:
            return True
    return False


def _resend(
    agent: UserAgent, request: OutgoingRequest, flow: Flow | None, user: TransactionUser | None, now: float
) -> None:
    """Send a request again: new branch, next CSeq, same Call-ID and From. `user` is told.

    Without a flow, by that which leads to its next hop. Raises LocalProtocolError where there is none.
    """
    if flow is None:
        transport = agent.settings.transport if request.dialog is None else request.dialog.transport
        flow = agent.paths.to(request.next_hop, transport)
    branch = agent.ids.branch()
    again = request.again(branch, agent.identity.vias[flow.transport] + branch)
    transaction = agent.send(again, flow, now, user)
    if user is not None:
        user.resent(transaction)
