"""Sends requests that make no call, and raw bytes."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from sipflow.base.errors import LocalProtocolError, SdpError
from sipflow.base.sayings import Saying
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.headers import name_key
from sipflow.sip.methods import TARGET_REFRESHERS
from sipflow.sip.outgoing import Headers, OutgoingRequest, checked_headers
from sipflow.sip.uas import SDP_TYPE
from sipflow.ua.exchange import AGREED, Exchange
from sipflow.ua.identity import with_defaults
from sipflow.ua.requests import SUBSCRIBING
from sipflow.ua.sent_request import SentRequest
from sipflow.ua.subscriptions import Subscription
from sipflow.ua.transfer import expect_transfer

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call

logger = logging.getLogger(__name__)

_STATE: Final = "subscription-state"
_CALL_ID: Final = re.compile(rb"^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)


def send_request(
    agent: UserAgent,
    method: str,
    target: str,
    headers: Headers = (),
    body: bytes = b"",
    *,
    within: Call | None = None,
) -> SentRequest:
    """Send a request other than those that make and end calls, and return at once.

    It goes within the call, where a SUBSCRIBE begins or prolongs a subscription; else within the subscription that a
    SUBSCRIBE or NOTIFY belongs to, by its Event and target; else outside of any dialog. An UPDATE with a session
    description offers it, if it can be read and no other offer is open. Raises SipParseError or LocalProtocolError for
    what can't be sent.
    """
    now = agent.clock.now()
    sent = SentRequest(agent, method, within)
    extra = checked_headers(headers)
    subscriptions = agent.requests.subscriptions
    is_of_one = method in ("SUBSCRIBE", "NOTIFY")
    own: Subscription | None = None
    dialog: Dialog | None = None
    if within is not None:
        dialogs = within.dialogs()
        own = subscriptions.to_send_within(dialogs[-1], method, extra) if is_of_one and dialogs else None
        if not dialogs or not (within.is_live or own is not None):
            raise LocalProtocolError(Saying.of("no-dialog", state=within.state.value))
        dialog = dialogs[-1]
        if method == "REFER":
            sent.transfer = expect_transfer(within)
        elif method == "UPDATE" and body:
            sent.exchange = _offered(within, dialog, extra, body)
    elif is_of_one and (own := subscriptions.to_send_in(method, target, extra)) is not None:
        dialog = own.dialog
    if dialog is not None:
        if method == "NOTIFY" and own is not None and not any(name_key(name) == _STATE for name, _ in extra):
            extra = (*extra, subscriptions.state_header(own, now))
        sent.resent(agent.request_in_dialog(dialog, method, sent, now, extra, body))
        if method == "NOTIFY" and own is not None:
            subscriptions.sent(own, extra)
        elif method == "SUBSCRIBE" and own is None and within is not None:
            subscriptions.begin_within(within, dialog, extra, now)
    else:
        request, flow = _outside(agent, method, target, extra, body)
        sent.request = request
        if method in SUBSCRIBING:
            subscriptions.begin(request, target, now)
        agent.send(request, flow, now, sent)
    agent.drain(now)
    return sent


def send_raw(agent: UserAgent, data: bytes, target: str, call: Call | None = None) -> None:
    """Put bytes on the wire as they stand: to a SIP URI with an address, or where a call's messages go.

    Responses to them come to `requests.outside`, if they have a Call-ID. Raises SipParseError or LocalProtocolError.
    """
    flow = call.flow if call is not None else agent.paths.to(target, agent.settings.transport)
    if not flow.is_located:
        raise LocalProtocolError(Saying.of("raw-needs-address", target=target))
    found = _CALL_ID.search(data)
    if found is not None:
        agent.requests.expect_raw(found[1].decode("utf-8", "surrogateescape"))
    agent.transmit(data, flow)


def _offered(call: Call, dialog: Dialog, headers: Headers, body: bytes) -> Exchange | None:
    """The exchange that has taken a description of the scenario's as our offer; None where it is none that can be."""
    exchange = call.exchange_in(dialog)
    content_type = next((value for name, value in headers if name_key(name) == "content-type"), "")
    if content_type.partition(";")[0].strip().lower() != SDP_TYPE[1] or exchange.state != AGREED:
        return None
    try:
        exchange.adopt_offer("UPDATE", body)
    except SdpError as error:
        logger.info("a session description goes out as it stands, since it can't be read: %s", error)
        return None
    return exchange


def _outside(agent: UserAgent, method: str, target: str, headers: Headers, body: bytes) -> tuple[OutgoingRequest, Flow]:
    """A request outside of any dialog, and its way."""
    ids, identity = agent.ids, agent.identity
    uri, routes, flow, to, form = agent.way_to(target, headers)
    branch = ids.branch()
    via, from_ = identity.vias[flow.transport] + branch, f"{identity.from_};tag={ids.tag()}"
    due = identity.product
    if method in TARGET_REFRESHERS:
        due = (identity.contacts[form], *due)
    written = with_defaults(headers, due)
    return OutgoingRequest(method, uri, branch, via, from_, to, ids.call_id(), 1, routes, written, body), flow
