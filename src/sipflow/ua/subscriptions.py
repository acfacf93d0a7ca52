"""Subscriptions of events, on both sides. Source: RFC 6665 §4, RFC 3515 §2.4.4.

A subscription begins with our SUBSCRIBE or REFER, or with a peer's that is accepted; its dialog with the peer's first
NOTIFY, our 2xx, or its own. One that begins within a call shares its dialog, and may outlive it (RFC 5057 §4.2). It
ends with a terminated NOTIFY, a refusal, or its time. REFERs within a call are in `sipflow.ua.transfer`.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sipflow.base.call_events import Notified
from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.sip.dialog import Dialog
from sipflow.sip.flow import Flow
from sipflow.sip.message import Request, Response
from sipflow.sip.message_rules import DEFAULT_EXPIRES_S, ENDS_SUBSCRIPTION, event_of, expires_of, subscription_state
from sipflow.sip.outgoing import Headers, OutgoingRequest
from sipflow.sip.refer import silence_of
from sipflow.sip.sipfrag import CONTENT_TYPE as SIPFRAG_TYPE
from sipflow.sip.sipfrag import read_status, status_fragment
from sipflow.sip.transaction import ServerTransaction
from sipflow.sip.uas import REFER_PACKAGE

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call

logger = logging.getLogger(__name__)

MAX_SUBSCRIPTIONS: Final = 1_000
"""Subscriptions of one user agent; a hostile peer gets no more."""
TICK_S: Final = 60.0
"""How often it is looked at least whether the time of a subscription is up: a peer that prolongs it again and again,
each time by another value, leaves no more timers than one behind.
"""

Event = tuple[str, str]
"""Package and id."""
Key = tuple[str, str, bool, Event]
"""Call-ID, local tag, whether we subscribe, and the event: one dialog may have many. Source: RFC 6665 §4.5.2."""


@dataclass(slots=True, eq=False)
class Subscription:
    """One subscription."""

    call_id: str
    local_tag: str
    event: Event
    is_ours: bool
    """Whether we subscribe; else the peer does."""
    target: str
    """Whom we have subscribed at, or the address of the peer."""
    owner: Subscriptions = field(repr=False)
    refer_cseq: int = 0
    """Of the REFER that it began with; it may be the id of the event. Source: RFC 3515 §2.4.6."""
    dialog: Dialog | None = None
    call: Call | None = None
    """The call within which it began."""
    expires_at: float = 0.0
    looked_at: float = math.inf
    """When it is looked next whether its time is up."""
    stands: bool = False
    """Whether it was accepted: by a 2xx, or by a NOTIFY that came before it."""
    is_notified: bool = False
    """Whether a NOTIFY has come, which makes a dialog of its own."""
    is_over: bool = False

    @property
    def key(self) -> Key:
        return (self.call_id, self.local_tag, self.is_ours, self.event)

    def is_of(self, event: Event) -> bool:
        """Whether it is this event's, by package and id."""
        return event == self.event or (self.refer_cseq > 0 and event == (REFER_PACKAGE, str(self.refer_cseq)))

    def feed(self, _on: int, now: float) -> None:
        """A timer has gone off: the time is up, unless something has prolonged the subscription."""
        if self.is_over:
            return
        if now >= self.expires_at - 1e-6:
            self.owner.expired(self, now)
        elif now >= self.looked_at - 1e-6:
            self.looked_at = math.inf
            self.owner.look_later(self, now)

    def wait_s(self, now: float) -> float:
        """How long until it is to be looked at, in whole milliseconds."""
        return math.ceil(min(self.expires_at - now, TICK_S) * 1000) / 1000


class Subscriptions:
    """The subscriptions of one user agent."""

    def __init__(self, agent: UserAgent) -> None:
        self._agent = agent
        self._all: dict[Key, Subscription] = {}

    def __len__(self) -> int:
        return len(self._all)

    @property
    def is_full(self) -> bool:
        """Whether no further one of a peer's is taken."""
        return len(self._all) >= MAX_SUBSCRIPTIONS

    def find(self, request: Request) -> Subscription | None:
        """The subscription that a request within its dialog belongs to: same dialog, and for a NOTIFY same event."""
        method = request.method
        if method not in ("NOTIFY", "SUBSCRIBE") or not self._all:
            return None
        found = self._of(request.call_id, request.to_tag, method == "NOTIFY", event_of(request))
        if found is None or (found.dialog is not None and found.dialog.remote_tag != request.from_tag):
            return None
        return found

    def to_send_in(self, method: str, target: str, headers: Headers) -> Subscription | None:
        """The subscription outside of calls within which a SUBSCRIBE or NOTIFY of ours belongs; the latest one, where
        several fit.
        """
        event = _event(headers)
        for one in reversed(self._all.values()):
            fits = one.is_ours == (method == "SUBSCRIBE") and one.is_of(event) and one.dialog is not None
            if fits and one.call is None and target in ("", one.target):
                return one
        return None

    def to_send_within(self, dialog: Dialog, method: str, headers: Headers) -> Subscription | None:
        """The subscription in the dialog of a call to which a SUBSCRIBE or NOTIFY of ours belongs."""
        return self._of(dialog.call_id, dialog.local_tag, method == "SUBSCRIBE", _event(headers))

    def begin(self, request: OutgoingRequest, target: str, now: float) -> None:
        """Our SUBSCRIBE or REFER goes out: a NOTIFY may come before its answer does. Source: RFC 6665 §4.1.2."""
        refers = request.method == "REFER"
        event = (REFER_PACKAGE, "") if refers else _event(request.headers)
        own = Subscription(
            request.call_id, _local_tag(request), event, True, target, self, request.cseq if refers else 0
        )
        self._add(own, DEFAULT_EXPIRES_S, now)

    def begin_within(self, call: Call, dialog: Dialog, headers: Headers, now: float) -> None:
        """Our SUBSCRIBE has gone out within a call."""
        own = Subscription(dialog.call_id, dialog.local_tag, _event(headers), True, dialog.target, self)
        own.dialog, own.call = dialog, call
        self._add(own, DEFAULT_EXPIRES_S, now)

    def resent(self, request: OutgoingRequest) -> None:
        """Our SUBSCRIBE or REFER goes out anew, with another CSeq."""
        own = self._own(request)
        if own is not None and request.method == "REFER":
            own.refer_cseq = request.cseq

    def answered(self, request: OutgoingRequest, response: Response, flow: Flow, now: float) -> None:
        """The final answer to a SUBSCRIBE, REFER or NOTIFY of ours. Source: RFC 6665 §4.1.2, §4.2.2."""
        own = self._own(request)
        if own is None:
            return
        if response.status >= 300:
            if not own.stands or response.status in ENDS_SUBSCRIPTION:
                self._remove(own)
            return
        if request.method == "NOTIFY":
            return
        if request.method == "REFER" and silence_of(response):
            self._remove(own)
            return
        if own.dialog is None:
            own.dialog = Dialog.from_response(request, response, flow)
        else:
            own.dialog.refresh_target(response)
        own.stands = True
        own.dialog.local_cseq = max(own.dialog.local_cseq, request.cseq)
        asked = next((value for name, value in request.headers if name.lower() == "expires"), "")
        expires = expires_of(response, int(asked) if asked.isdigit() else DEFAULT_EXPIRES_S)
        # With 0 the last NOTIFY is still to come: timer N. Source: RFC 6665 §4.1.2.
        self._prolong(own, expires + self._agent.settings.timing.limit, now)

    def unanswered(self, request: OutgoingRequest) -> None:
        """Nobody has answered a SUBSCRIBE, REFER or NOTIFY of ours. Source: RFC 6665 §4.2.2."""
        own = self._own(request)
        if own is not None and (not own.stands or request.method == "NOTIFY"):
            self._remove(own)

    def notified(self, request: Request, flow: Flow, now: float) -> None:
        """A NOTIFY was taken: where it is of a subscription of ours, whoever waits for it is told.

        The first one makes the dialog, and the route set is its own; each may move the notifier. A call has its dialog.
        Source: RFC 6665 §3.2, §4.4.1.
        """
        own = self.find(request)
        if own is None:
            return
        if own.dialog is None:
            own.dialog = Dialog.from_request(request, own.local_tag, flow)
            own.dialog.local = request.to_text
            own.dialog.local_cseq = 1
        elif not own.is_notified and own.call is None:
            own.dialog.routes = tuple(request.record_route)
        own.is_notified = own.stands = True
        own.dialog.refresh_target(request)
        state, expires = subscription_state(request)
        if state == "terminated":
            self._remove(own)
        elif expires is not None:
            self._prolong(own, expires + self._agent.settings.timing.limit, now)
        box = self._agent.requests.outside if own.call is None else own.call.mailbox
        box.post(told_by(request, now))

    def accept(
        self, request: Request, transaction: ServerTransaction, call: Call | None, expires: int, now: float
    ) -> None:
        """A peer's SUBSCRIBE was accepted, its first or one that prolongs, or its REFER. Source: RFC 6665 §4.2.1."""
        own = self.find(request)
        if own is None:
            dialog = call and call.dialog_with(request.from_tag)
            dialog = dialog or Dialog.from_request(request, transaction.to_tag, transaction.flow)
            target = str(request.from_.uri)
            refers = request.method == "REFER"
            event, cseq = ((REFER_PACKAGE, ""), request.cseq) if refers else (event_of(request), 0)
            own = Subscription(request.call_id, transaction.to_tag, event, False, target, self, cseq, dialog, call)
            own.stands = True
            self._add(own, expires, now)
        elif own.dialog is not None:
            own.dialog.refresh_target(request)
        # Who unsubscribes is still told the state once more.
        self._prolong(own, expires or self._agent.settings.timing.limit, now)

    def sent(self, own: Subscription, headers: Headers) -> None:
        """A NOTIFY of ours went out: a terminated one ends the subscription. Source: RFC 6665 §4.2.2."""
        state = next((value for name, value in headers if name.lower() == "subscription-state"), "")
        if state.lower().startswith("terminated"):
            self._remove(own)

    def state_header(self, own: Subscription, now: float) -> tuple[str, str]:
        """The Subscription-State that a NOTIFY has where the scenario gives none."""
        return ("Subscription-State", f"active;expires={max(0, round(own.expires_at - now))}")

    def expired(self, own: Subscription, now: float) -> None:
        """The time of a subscription is up; the notifier says so. Source: RFC 6665 §4.2.2."""
        self._remove(own)
        if own.is_ours or own.dialog is None:
            return
        package, event_id = own.event
        event = f"{package};id={event_id}" if event_id else package
        headers: Headers = (("Event", event), ("Subscription-State", "terminated;reason=timeout"))
        body = b""
        if own.refer_cseq:  # RFC 3515 §2.4.5: never without a body; what became of the new call is not known
            headers, body = (*headers, SIPFRAG_TYPE), status_fragment(100)
        try:
            self._agent.request_in_dialog(own.dialog, "NOTIFY", None, now, headers, body)
        except LocalProtocolError as error:
            logger.warning("a subscriber can't be told that its time is up: %s", error)

    def clear(self) -> None:
        """Forget all of them."""
        for own in list(self._all.values()):
            self._remove(own)

    def _own(self, request: OutgoingRequest) -> Subscription | None:
        """The one to which a SUBSCRIBE, REFER or NOTIFY of ours belongs."""
        event = (REFER_PACKAGE, "") if request.method == "REFER" else _event(request.headers)
        return self._of(request.call_id, _local_tag(request), request.method != "NOTIFY", event)

    def _of(self, call_id: str, local_tag: str, is_ours: bool, event: Event) -> Subscription | None:
        found = self._all.get((call_id, local_tag, is_ours, event))
        if found is None and event[0] == REFER_PACKAGE:
            found = self._all.get((call_id, local_tag, is_ours, (REFER_PACKAGE, "")))
        return found if found is not None and found.is_of(event) else None

    def _add(self, own: Subscription, expires: float, now: float) -> None:
        self._all[own.key] = own
        self._prolong(own, expires, now)

    def _prolong(self, own: Subscription, seconds: float, now: float) -> None:
        own.expires_at = now + seconds
        self.look_later(own, now)

    def look_later(self, own: Subscription, now: float) -> None:
        """See to it that the end of a subscription is noticed."""
        wait_s = own.wait_s(now)
        if now + wait_s < own.looked_at:
            own.looked_at = now + wait_s
            self._agent.layer.timers.add(now, wait_s, own, 0)

    def _remove(self, own: Subscription) -> None:
        own.is_over = True
        self._all.pop(own.key, None)


def told_by(notify: Request, now: float) -> Notified:
    """What a NOTIFY tells; status 0 where its body is no status."""
    state, _ = subscription_state(notify)
    try:
        status, reason = read_status(notify.body)
    except SipParseError:
        status, reason = 0, ""
    return Notified(now, notify.raw, event_of(notify)[0], state, status, reason)


def _local_tag(request: OutgoingRequest) -> str:
    return request.from_.rpartition(";tag=")[2]


def _event(headers: Headers) -> Event:
    text = next((value for name, value in headers if name.lower() in ("event", "o")), "")
    package, *parameters = (part.strip() for part in text.split(";"))
    ids = [value for name, _, value in (one.partition("=") for one in parameters) if name == "id"]
    return package.lower(), ids[0] if ids else ""
