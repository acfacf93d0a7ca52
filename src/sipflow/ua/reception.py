"""What becomes of the requests that the wire brings: a call takes them, a new call is made, or they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.errors import AddressUnavailable, LocalProtocolError
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request
from sipflow.sip.methods import OF_CALLS
from sipflow.sip.orders import ResponseReceived
from sipflow.sip.transaction import ServerTransaction
from sipflow.sip.uas import Refusal, Wants, wants_of
from sipflow.ua.answers import Answers
from sipflow.ua.call import Call
from sipflow.ua.delivery import Delivery
from sipflow.ua.incoming_call import IncomingCall
from sipflow.ua.replacement import give_way, replaced_call
from sipflow.ua.sent_request import SentRequest

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent


def request_received(agent: UserAgent, transaction: ServerTransaction, request: Request, now: float) -> None:
    """A request other than an ACK, for the first time."""
    method = request.method
    if method == "CANCEL":
        _cancel_received(agent, transaction, request, now)
        return
    if agent.gate is not None and (refusal := agent.gate.refuse(request, now)) is not None:
        _refuse(agent, transaction, refusal, now)
        return
    to_tag = request.to_tag
    requests = agent.requests
    # What makes and ends calls has no way by there, unless somebody waits for requests.
    is_plain = requests.wishes is None and method in OF_CALLS
    if to_tag:
        found = agent.dialogs.get((request.call_id, to_tag, request.from_tag))
        if found is not None:
            if is_plain or not requests.take(found, transaction, request, now):
                found.request_received(transaction, request, now)
            return
    if not is_plain and requests.take(None, transaction, request, now):
        return
    wants = wants_of(request)
    refusal = wants.refusal
    if to_tag and (refusal is None or refusal.status != 501):
        agent.respond(transaction, 481, now)
    elif refusal is not None:
        _refuse(agent, transaction, refusal, now)
    elif transaction.is_merged:
        agent.respond(transaction, 482, now)
    elif isinstance(transaction, InviteServerTransaction):
        _invited(agent, transaction, request, wants, now)
    elif method == "OPTIONS":
        agent.answer_options(transaction, now)
    elif method == "REFER":
        agent.respond(transaction, 603, now, reason="Nobody waits for it")
    else:
        agent.respond(transaction, 481, now)


def _refuse(agent: UserAgent, transaction: ServerTransaction, refusal: Refusal, now: float) -> None:
    agent.respond(transaction, refusal.status, now, refusal.headers, reason=refusal.phrase)


def _invited(
    agent: UserAgent, transaction: InviteServerTransaction, request: Request, wants: Wants, now: float
) -> None:
    before = replaced_call(agent, request) if wants.extensions.replaces else None
    if isinstance(before, Refusal):
        _refuse(agent, transaction, before, now)
        return
    call = IncomingCall(agent, agent.new_session(), transaction, request, wants)
    try:
        agent.ways.within(call.dialog)
    except LocalProtocolError:
        agent.respond(transaction, 400, now, reason="Bad Request (a Contact or Record-Route that can't be reached)")
        return
    transaction.user = call
    agent.calls[call] = None
    agent.dialogs[call.dialog.key] = call
    if not call.start(now):
        return
    if before is None:
        agent.on_incoming(call)
        return
    agent.follows(before, call, "replaced")
    try:
        call.answer()
    except AddressUnavailable as error:
        call.reject(500, str(error))
    else:
        give_way(before, request, now)


def _cancel_received(agent: UserAgent, transaction: ServerTransaction, cancel: Request, now: float) -> None:
    invite = agent.layer.cancelled_invite(cancel)
    if invite is None:
        agent.respond(transaction, 481, now)
    elif isinstance(invite.user, IncomingCall):
        if agent.requests.wishes is not None:
            agent.requests.see_request(invite.user, cancel, now)
        invite.user.cancel_received(transaction, cancel, now)
    else:
        agent.respond(transaction, 200, now)


def ack_received(agent: UserAgent, ack: Request, now: float) -> None:
    """The ACK to a 2xx of ours, or one that belongs to nothing."""
    found = agent.dialogs.get((ack.call_id, ack.to_tag, ack.from_tag))
    if found is not None:
        if agent.requests.wishes is not None:
            agent.requests.see_request(found, ack, now)
        found.ack_received(ack, now)


def remember_response(agent: UserAgent, order: ResponseReceived, now: float) -> None:
    """Keep a response for the scenario that waits for it."""
    user = order.user.sender if isinstance(order.user, Delivery) else order.user
    call = user if isinstance(user, Call) else user.call if isinstance(user, SentRequest) else None
    if user is not None and not isinstance(user, Answers):
        agent.requests.see_response(order.response, order.transaction.method, call, now)
