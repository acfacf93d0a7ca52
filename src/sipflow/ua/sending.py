"""Sends requests that make no call, and raw bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sip.flow import Flow
from sipflow.sip.headers import name_key
from sipflow.sip.outgoing import Headers, OutgoingRequest, checked_headers
from sipflow.ua.identity import form_of, to_value, with_defaults
from sipflow.ua.sent_request import SentRequest

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call

_CALL_ID: Final = re.compile(rb"^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_WITH_CONTACT: Final = ("SUBSCRIBE", "REFER", "UPDATE")
"""Requests that make a dialog or move us in it: they say where we are reached.

Source: RFC 3261 §8.1.1.8, RFC 3515 §2.2, RFC 3311 §7.
"""


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

    It goes within the call; else within the subscription that a SUBSCRIBE or NOTIFY belongs to, by its Event and
    target; else outside of any dialog. Raises SipParseError or LocalProtocolError for what can't be sent.
    """
    now = agent.clock.now()
    sent = SentRequest(agent, method, within)
    extra = checked_headers(headers)
    subscriptions = agent.requests.subscriptions
    own = subscriptions.to_send_in(method, target, extra) if method in ("SUBSCRIBE", "NOTIFY") else None
    if within is not None:
        dialogs = within.dialogs()
        if not dialogs or not within.is_live:
            raise LocalProtocolError(Saying.of("no-dialog", state=within.state.value))
        if method in _WITH_CONTACT:
            extra = _with_contact(extra, agent.contact_within(dialogs[-1]))
        sent.request = agent.request_in_dialog(dialogs[-1], method, sent, now, extra, body).request
    elif own is not None and own.dialog is not None:
        if method == "SUBSCRIBE":
            extra = _with_contact(extra, agent.contact_within(own.dialog))
        elif not any(name_key(name) == "subscription-state" for name, _ in extra):
            extra = (*extra, subscriptions.state_header(own, now))
        sent.request = agent.request_in_dialog(own.dialog, method, sent, now, extra, body).request
        if method == "NOTIFY":
            subscriptions.sent(own, extra)
    else:
        request, flow = _outside(agent, method, target, extra, body)
        if method in _WITH_CONTACT:
            form = form_of(flow.transport, request.uri, request.routes[0] if request.routes else "")
            request.headers = _with_contact(request.headers, agent.identity.contacts[form])
        sent.request = request
        if method == "SUBSCRIBE":
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


def _outside(agent: UserAgent, method: str, target: str, headers: Headers, body: bytes) -> tuple[OutgoingRequest, Flow]:
    """A request outside of any dialog, and its way."""
    to, ids, identity = to_value(target), agent.ids, agent.identity
    uri, routes, flow = agent.way_to(target, headers)
    branch = ids.branch()
    via, from_ = identity.vias[flow.transport] + branch, f"{identity.from_};tag={ids.tag()}"
    written = with_defaults(headers, identity.product)
    return OutgoingRequest(method, uri, branch, via, from_, to, ids.call_id(), 1, routes, written, body), flow


def _with_contact(headers: Headers, contact: tuple[str, str]) -> Headers:
    return headers if any(name_key(name) == "contact" for name, _ in headers) else (*headers, contact)
