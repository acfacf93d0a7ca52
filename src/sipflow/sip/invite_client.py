"""The INVITE client transaction. Source: RFC 3261 §17.1.1 (figure 5) as corrected by RFC 6026 §7.2."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import product
from typing import Final

from sipflow.sip.machine import Rule, compile_table, numbers
from sipflow.sip.message import Response
from sipflow.sip.transaction import ClientTransaction


class State(IntEnum):
    """The states of figure 5, with Accepted from RFC 6026."""

    CALLING = 0
    PROCEEDING = 1
    COMPLETED = 2
    ACCEPTED = 3
    TERMINATED = 4


class On(IntEnum):
    """What can happen to it: messages, timers, errors."""

    PROVISIONAL = 0
    SUCCESS = 1
    FAILURE = 2
    TIMER_A = 3
    TIMER_B = 4
    TIMER_D = 5
    TIMER_M = 6
    TRANSPORT_ERROR = 7
    ABANDON = 8
    """The user waits no longer for a final response (RFC 3261 §9.1, the end)."""


PROVISIONAL, SUCCESS, FAILURE = numbers(On.PROVISIONAL, On.SUCCESS, On.FAILURE)
TIMER_A, TIMER_M = numbers(On.TIMER_A, On.TIMER_M)


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND_AGAIN = "send_again"
    SEND_ACK = "send_ack"
    LET_GO = "let_go"
    PASS_UP = "pass_up"
    START_D = "start_d"
    START_M = "start_m"
    REPORT_TIMEOUT = "report_timeout"
    REPORT_TRANSPORT_ERROR = "report_transport_error"
    FORGET = "forget"


S, A = State, Action

RULES: Final = {
    (S.CALLING, On.PROVISIONAL): Rule(S.PROCEEDING, (A.PASS_UP,)),
    (S.CALLING, On.SUCCESS): Rule(S.ACCEPTED, (A.PASS_UP, A.START_M)),
    (S.CALLING, On.FAILURE): Rule(S.COMPLETED, (A.SEND_ACK, A.PASS_UP, A.START_D, A.LET_GO)),
    (S.CALLING, On.TIMER_A): Rule(S.CALLING, (A.SEND_AGAIN,)),
    (S.CALLING, On.TIMER_B): Rule(S.TERMINATED, (A.REPORT_TIMEOUT, A.FORGET)),
    (S.CALLING, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.CALLING, On.ABANDON): Rule(S.TERMINATED, (A.FORGET,)),
    (S.PROCEEDING, On.PROVISIONAL): Rule(S.PROCEEDING, (A.PASS_UP,)),
    (S.PROCEEDING, On.SUCCESS): Rule(S.ACCEPTED, (A.PASS_UP, A.START_M)),
    (S.PROCEEDING, On.FAILURE): Rule(S.COMPLETED, (A.SEND_ACK, A.PASS_UP, A.START_D, A.LET_GO)),
    (S.PROCEEDING, On.ABANDON): Rule(S.TERMINATED, (A.FORGET,)),
    (S.COMPLETED, On.FAILURE): Rule(S.COMPLETED, (A.SEND_ACK,)),
    (S.COMPLETED, On.TIMER_D): Rule(S.TERMINATED, (A.FORGET,)),
    (S.COMPLETED, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.FORGET,)),
    (S.ACCEPTED, On.SUCCESS): Rule(S.ACCEPTED, (A.PASS_UP,)),
    (S.ACCEPTED, On.TIMER_M): Rule(S.TERMINATED, (A.FORGET,)),
}

IGNORED: Final = (
    # A 1xx ends retransmission and timer B: from then on only the caller's patience limits the call.
    frozenset({(S.PROCEEDING, On.TIMER_A), (S.PROCEEDING, On.TIMER_B)})
    # Nothing of ours is under way in Proceeding, so an error there concerns some other message.
    | frozenset({(S.PROCEEDING, On.TRANSPORT_ERROR), (S.ACCEPTED, On.TRANSPORT_ERROR)})
    | frozenset(product((S.COMPLETED, S.ACCEPTED), (On.PROVISIONAL, On.TIMER_A, On.TIMER_B, On.ABANDON)))
    | frozenset({(S.COMPLETED, On.SUCCESS), (S.ACCEPTED, On.FAILURE)})
    # D and M are armed on entering the one state that knows them.
    | frozenset(product((S.CALLING, S.PROCEEDING, S.ACCEPTED), (On.TIMER_D,)))
    | frozenset(product((S.CALLING, S.PROCEEDING, S.COMPLETED), (On.TIMER_M,)))
    | frozenset(product((S.TERMINATED,), On))
)


class InviteClientTransaction(ClientTransaction):
    """Sends an INVITE until something answers, and the ACK to every refusal."""

    __slots__ = ()

    TRANSPORT_ERROR = On.TRANSPORT_ERROR

    def start(self, now: float) -> None:
        ledger = self.ledger
        ledger.transmit(self.data, self.flow)
        if self.flow.is_reliable:
            ledger.timers.add(now, ledger.timing.limit, self, On.TIMER_B)
        else:
            ledger.timers.add(now, self.interval_s, self, TIMER_A)

    def receive(self, response: Response, now: float) -> None:
        self.response = response
        status = response.status
        self.feed(PROVISIONAL if status < 200 else SUCCESS if status < 300 else FAILURE, now)
        self.response = None

    def send_again(self, now: float) -> None:
        self.send(now)
        self.start_limit(now, On.TIMER_B)
        self.interval_s *= 2
        self.ledger.timers.add(now, self.interval_s, self, TIMER_A)

    def send_ack(self, _now: float) -> None:
        """`data` is the ACK from here on: a refused INVITE is not sent again."""
        invite = self.request
        if invite is not None and self.response is not None:
            self.data = invite.ack_to_failure(self.response.header("To") or invite.to)
        self.ledger.transmit(self.data, self.flow)

    def let_go(self, _now: float) -> None:
        self.user = self.request = None

    def start_d(self, now: float) -> None:
        self.ledger.timers.add(now, 0.0 if self.flow.is_reliable else self.ledger.timing.limit, self, On.TIMER_D)

    def start_m(self, now: float) -> None:
        self.request = None
        self.data = b""
        self.ledger.timers.add(now, self.ledger.timing.limit, self, TIMER_M)


InviteClientTransaction.TABLE = compile_table(InviteClientTransaction, RULES, IGNORED)
