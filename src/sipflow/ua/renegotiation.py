"""What the peer changes in a session: its re-INVITEs and UPDATEs. Source: RFC 3261 §14.2, RFC 3311 §5.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipflow.base.call_events import Held, Retrieved
from sipflow.base.errors import AddressUnavailable, NoCommonMedia, SdpError
from sipflow.sip.dialog import Dialog
from sipflow.sip.extensions import extensions_of
from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.message import Request
from sipflow.sip.outgoing import Headers
from sipflow.sip.transaction import ServerTransaction
from sipflow.sip.uas import ACCEPT, SDP_TYPE, has_session_description, session_description
from sipflow.ua.call_state import ACCEPTED, CONFIRMED, INCOMING
from sipflow.ua.exchange import AGREED, ASKED, NEW, OFFERED, Exchange

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call


def reinvite_received(
    call: Call, dialog: Dialog, transaction: InviteServerTransaction, request: Request, now: float
) -> None:
    """Change the session of a standing call, or refuse and leave it as it is."""
    if "replaces" in request.fields:  # RFC 3891 §3: within a dialog it means nothing
        call.agent.respond(transaction, 400, now, reason="Replaces within a dialog")
        return
    exchange = call.exchange
    if call.state is INCOMING:
        call.agent.respond(transaction, 500, now, try_later(call.agent))
        return
    if call.state not in (CONFIRMED, ACCEPTED):
        call.agent.respond(transaction, 481, now)
        return
    if call.is_acknowledgement_due or call.modifications.has_invite or exchange.state == OFFERED:
        call.agent.respond(transaction, 491, now)
        return
    if _is_refused_for_its_interval(call, transaction, request, now):
        return
    was_held = exchange.session.is_held
    has_offer = has_session_description(request)
    body = _answered(call, exchange, transaction, request, now) if has_offer else _offered(call, transaction, now)
    if body is None:
        return
    dialog.refresh_target(request)
    call.send_success(transaction, request, call.refresh.agreed_by_us(extensions_of(request), now), body, now)
    if has_offer:
        tell_hold(call, exchange, was_held, request.raw, now)


def update_received(call: Call, dialog: Dialog, transaction: ServerTransaction, request: Request, now: float) -> None:
    """An UPDATE within an early or a confirmed dialog."""
    agent, exchange = call.agent, call.exchange_in(dialog)
    has_offer = has_session_description(request)
    if has_offer and exchange.state == OFFERED:
        agent.respond(transaction, 491, now)
        return
    if has_offer and exchange.state in (NEW, ASKED):
        agent.respond(transaction, 500, now, try_later(agent))
        return
    if _is_refused_for_its_interval(call, transaction, request, now):
        return
    was_held = exchange.session.is_held
    body = _answered(call, exchange, transaction, request, now) if has_offer else b""
    if body is None:
        return
    dialog.refresh_target(request)
    timed = call.refresh.agreed_by_us(extensions_of(request), now)
    headers = (*agent.identity.dialog_headers(request, transaction.flow), *timed)
    agent.respond(transaction, 200, now, (*headers, SDP_TYPE) if body else headers, body)
    if has_offer:
        tell_hold(call, exchange, was_held, request.raw, now)


def _answered(
    call: Call, exchange: Exchange, transaction: ServerTransaction, request: Request, now: float
) -> bytes | None:
    """Our answer to the offer of a request; None where it was refused instead."""
    try:
        exchange.receive_offer(request.method, request.body)
        return exchange.answer()
    except (SdpError, AddressUnavailable) as error:
        if exchange.state == ASKED:
            exchange.refuse()
        refuse_session(call.agent, transaction, error, now)
        return None


def _offered(call: Call, transaction: ServerTransaction, now: float) -> bytes | None:
    """Our offer for a re-INVITE that brings none: all that we can, held where we hold."""
    try:
        return call.exchange.offer("INVITE")
    except AddressUnavailable as error:
        refuse_session(call.agent, transaction, error, now)
        return None


def answered_in_ack(call: Call, ack: Request, now: float) -> bool:
    """Take the answer that an ACK brings to the offer in our 2xx; one that does not fit ends the call."""
    exchange = call.exchange
    was_held = exchange.session.is_held
    try:
        exchange.receive_answer(session_description(ack))
    except SdpError as error:
        call.answer_unusable(error, ack.raw, now)
        return False
    if call.state is CONFIRMED:  # the first answer holds nothing: the call begins with it
        tell_hold(call, exchange, was_held, ack.raw, now)
    return True


def answer_in_prack(call: Call, transaction: ServerTransaction, request: Request, now: float) -> bytes | None:
    """What the 2xx to a PRACK answers to the offer in it; None where that was refused. Source: RFC 3262 §5."""
    exchange = call.exchange
    if exchange.state != AGREED:
        call.agent.respond(transaction, 500, now, try_later(call.agent))
        return None
    return _answered(call, exchange, transaction, request, now)


def _is_refused_for_its_interval(call: Call, transaction: ServerTransaction, request: Request, now: float) -> bool:
    wishes = call.agent.settings.session_timer
    if not wishes.refuses(extensions_of(request)):
        return False
    call.agent.respond(transaction, 422, now, wishes.refusal)
    return True


def tell_hold(call: Call, exchange: Exchange, was_held: bool, message: bytes, now: float) -> None:
    """Tell the scenario where the peer's offer or answer has held or resumed the call."""
    is_held = exchange.session.is_held
    if is_held != was_held:
        call.mailbox.post(Held(now, message) if is_held else Retrieved(now, message))


def try_later(agent: UserAgent) -> Headers:
    """Retry-After of 0 to 10 s. Source: RFC 3261 §14.2, RFC 3311 §5.2."""
    return (("Retry-After", str(agent.ids.number(11))),)


def refuse_session(
    agent: UserAgent, transaction: ServerTransaction, error: SdpError | AddressUnavailable, now: float
) -> None:
    """488 for what can't be agreed, 400 for what can't be read, 500 where we have no port left."""
    if isinstance(error, NoCommonMedia):
        warning = ("Warning", f'305 {agent.local.host} "{_quotable(error)}"')  # RFC 3261 §20.43
        agent.respond(transaction, 488, now, (warning,))
    elif isinstance(error, SdpError):
        agent.respond(transaction, 400, now, (ACCEPT,), reason=f"Bad session description ({_quotable(error)})")
    else:
        agent.respond(transaction, 500, now, reason="No media port is free")


def _quotable(error: Exception) -> str:
    """The error's text without what would break a header line or a quoted string."""
    return "".join(c for c in str(error) if c.isprintable() and c not in '"\\')[:120]
