"""Requests and responses as such: sent outside of calls or within, received, remembered, and answered in time.

What of them a scenario waits for lies in mailboxes of its own, one for each call and one for what belongs to none,
beside the events of calls: whoever takes a BYE as a request takes it from nobody who waits for the call's end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final

from sipflow.base.call_events import Requested, Responded
from sipflow.base.errors import LocalProtocolError, SipParseError
from sipflow.base.sayings import Saying
from sipflow.sip.headers import name_key
from sipflow.sip.layer import BUSY
from sipflow.sip.message import Request, Response
from sipflow.sip.message_rules import DEFAULT_EXPIRES_S, expires_of, refuse_message, refuse_refer
from sipflow.sip.methods import is_of_calls
from sipflow.sip.outgoing import Headers, checked_headers, checked_reason
from sipflow.sip.refer import REFER_EXPIRES_S, silence_of
from sipflow.sip.request_server import RequestServerTransaction
from sipflow.sip.transaction import ServerTransaction
from sipflow.sip.uas import Refusal, refuse_extensions
from sipflow.ua.mailbox import Mailbox
from sipflow.ua.subscriptions import Subscriptions
from sipflow.ua.transfer import told_transfer

if TYPE_CHECKING:
    from sipflow.ua.agent import UserAgent
    from sipflow.ua.call import Call

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 20.0
"""How long a request waits for the scenario's answer before it gets a 500."""
MAX_BOXES: Final = 10_000
MAX_RAW_IDS: Final = 1_000
SUBSCRIBING: Final = ("SUBSCRIBE", "REFER")
SIMPLE: Final = frozenset({"MESSAGE", "INFO", "SUBSCRIBE", "NOTIFY"})


class Wish(Enum):
    """What a scenario wants of a request."""

    NOTHING = 0
    SEEN = 1
    """It is waited for, and the stack answers it."""
    HELD = 2
    """It is waited for, and the scenario answers it."""


Wishes = Callable[[str, "Call | None"], Wish]
"""What is wanted of a request, by its method and the call that it belongs to."""


class HeldRequest(Requested):
    """A request that the scenario answers. The stack does, with 500, where it has not in time."""

    __slots__ = ("_requests", "_transaction", "call", "request")
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __init__(
        self, now: float, request: Request, transaction: ServerTransaction, requests: Requests, call: Call | None
    ) -> None:
        super().__init__(now, request.raw, request.method)
        self.request = request
        self.call = call
        self._transaction: ServerTransaction | None = transaction
        self._requests = requests

    def answer(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        """Send the final response. Raises LocalProtocolError where one has been sent already."""
        transaction = self._transaction
        if transaction is None:
            raise LocalProtocolError(Saying.of("answered-already", method=self.method))
        extra = checked_headers(headers)
        phrase = checked_reason(reason)
        self._transaction = None
        self._requests.answer(self, transaction, status, extra, phrase)

    def feed(self, _on: int, now: float) -> None:  # noqa: ARG002 - a timer's signature
        """Nobody has answered in time."""
        if self._transaction is not None:
            self.answer(500, "No answer in time")


class Requests:
    """The requests of one user agent that make no call."""

    def __init__(self, agent: UserAgent) -> None:
        self.outside = Mailbox()
        """Requests and responses that belong to no call."""
        self.subscriptions = Subscriptions(agent)
        self.wishes: Wishes | None = None
        """What the scenario waits for; None where it waits for no request."""
        self.remembers_responses = False
        """Whether the scenario waits for responses."""
        self._agent = agent
        self._boxes: dict[str, Mailbox] = {}
        self._held: dict[HeldRequest, None] = {}
        self._raw_ids: dict[str, None] = {}

    def box(self, call: Call) -> Mailbox:
        """Requests and responses within a call, and those that made and end it."""
        found = self._boxes.get(call.sip_call_id)
        if found is None:
            if len(self._boxes) >= MAX_BOXES:
                del self._boxes[next(iter(self._boxes))]
            found = self._boxes[call.sip_call_id] = Mailbox()
        return found

    # What the wire brings

    def see_response(self, response: Response, method: str, call: Call | None, now: float) -> None:
        """Remember a response to a request of ours; one that came again, as a 2xx does, counts once."""
        box = self.outside if call is None else self.box(call)
        if not box.is_full and not any(event.message == response.raw for event in box.history):
            box.post(Responded(now, response.raw, method, response.status, response.reason))

    def see_stray_response(self, response: Response, now: float) -> None:
        """A response to no transaction of ours: remembered where a raw message of ours has its Call-ID."""
        if self._raw_ids and response.header("Call-ID") in self._raw_ids:
            self.see_response(response, _method_of(response), None, now)

    def expect_raw(self, call_id: str) -> None:
        """A raw message with this Call-ID goes out: responses to it are wanted."""
        if len(self._raw_ids) >= MAX_RAW_IDS:
            del self._raw_ids[next(iter(self._raw_ids))]
        self._raw_ids[call_id] = None

    def see_request(self, call: Call, request: Request, now: float) -> None:
        """Remember a request that the stack itself answers."""
        if self.wishes is not None and self.wishes(request.method, call) is not Wish.NOTHING:
            self.box(call).post(Requested(now, request.raw, request.method))

    def take(self, call: Call | None, transaction: ServerTransaction, request: Request, now: float) -> bool:
        """Deal with a request that makes and changes no call; returns whether that was one for here.

        Out of a dialog it may be merged (482); in one its CSeq is looked at.
        """
        method = request.method
        subscription = self.subscriptions.find(request)
        if call is None and subscription is not None:
            call = subscription.call  # it has outlived its call
        if is_of_calls(method, within_call=call is not None):
            if call is not None:
                self.see_request(call, request, now)
            return False
        if method == "NOTIFY" and call is not None and told_transfer(call, request) is not None:
            self.see_request(call, request, now)
            return False
        wish = Wish.NOTHING if self.wishes is None else self.wishes(method, call)
        if wish is Wish.NOTHING and method not in SIMPLE:
            return False
        agent = self._agent
        if (
            request.to_tag
            and call is None
            and subscription is None
            and not (wish is not Wish.NOTHING and method == "NOTIFY")
        ):
            agent.respond(transaction, 481, now)
            return True
        if transaction.is_merged:
            agent.respond(transaction, 482, now)
            return True
        dialog = subscription.dialog if subscription else call.dialog_with(request.from_tag) if call else None
        if dialog is not None and not dialog.takes(request):
            agent.respond(transaction, 500, now, reason="CSeq is lower than the last")
            return True
        refusal = refuse_extensions(request)
        if refusal is None and wish is Wish.NOTHING:
            refusal = refuse_message(request, call is not None, subscription is not None)
        if refusal is None and method == "REFER" and wish is not Wish.HELD:
            refusal = refuse_refer(request)
        if refusal is None and method in SUBSCRIBING and subscription is None and self.subscriptions.is_full:
            refusal = Refusal(503, BUSY)
        if refusal is not None:
            agent.respond(transaction, refusal.status, now, refusal.headers, reason=refusal.phrase)
            return True
        if call is not None and method == "INFO":
            call.info_received(request, now)
        box = self.outside if call is None else self.box(call)
        if wish is Wish.HELD and not box.is_full:
            held = HeldRequest(now, request, transaction, self, call)
            self._held[held] = None
            if isinstance(transaction, RequestServerTransaction):
                transaction.expect_delay(now)
            agent.layer.timers.add(now, PATIENCE_S, held, 0)
            box.post(held)
            return True
        self._answer(transaction, request, call, 202 if method == "REFER" else 200, (), "", now)
        if wish is not Wish.NOTHING:
            box.post(Requested(now, request.raw, method))
        return True

    def answer(
        self, held: HeldRequest, transaction: ServerTransaction, status: int, headers: Headers, reason: str
    ) -> None:
        """Send the scenario's answer to a request."""
        self._held.pop(held, None)
        now = self._agent.clock.now()
        self._answer(transaction, held.request, held.call, status, headers, reason, now)
        self._agent.drain(now)

    def _answer(
        self,
        transaction: ServerTransaction,
        request: Request,
        call: Call | None,
        status: int,
        headers: Headers,
        reason: str,
        now: float,
    ) -> None:
        agent = self._agent
        is_success = 200 <= status < 300
        if is_success and request.method in SUBSCRIBING:
            headers = self._subscribed(transaction, request, call, headers, now)
        elif status == 200 and request.method == "OPTIONS" and not headers:
            agent.answer_options(transaction, now)
            return
        elif is_success and request.method == "NOTIFY":
            self.subscriptions.notified(request, transaction.flow, now)
        agent.respond(transaction, status, now, headers, reason=reason)

    def _subscribed(
        self, transaction: ServerTransaction, request: Request, call: Call | None, headers: Headers, now: float
    ) -> Headers:
        """A SUBSCRIBE or REFER is accepted: begin the subscription; returns what the 2xx says.

        Source: RFC 6665 §4.2.1, RFC 3515 §2.4.4, RFC 4488 §4.
        """
        given = {name_key(name) for name, _ in headers}
        if request.method == "REFER":
            expires, due = expires_of(request, REFER_EXPIRES_S), silence_of(request)
            begins = not due
        else:
            expires, begins = expires_of(request, DEFAULT_EXPIRES_S), True
            due = (("Expires", str(expires)),)
        if begins:
            self.subscriptions.accept(request, transaction, call, expires, now)
        more = (field for field in due if name_key(field[0]) not in given)
        return (*self._agent.identity.dialog_headers(request, transaction.flow), *headers, *more)

    # The end

    def refuse_held(self) -> None:
        """Answer with 500 what the scenario has not answered."""
        for held in list(self._held):
            held.answer(500, "No answer in time")

    def close(self) -> None:
        """Forget everything."""
        self._held.clear()
        self._boxes.clear()
        self.subscriptions.clear()


def _method_of(response: Response) -> str:
    """The method that a response answers; empty where it does not say so."""
    try:
        return response.cseq_method
    except SipParseError:
        return ""
