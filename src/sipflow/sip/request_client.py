"""The non-INVITE client transaction. Source: RFC 3261 §17.1.2 (figure 6)."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import product
from typing import Final

from sipflow.sip.machine import Rule, compile_table, numbers
from sipflow.sip.message import Response
from sipflow.sip.transaction import ClientTransaction


class State(IntEnum):
    """The states of figure 6."""

    TRYING = 0
    PROCEEDING = 1
    COMPLETED = 2
    TERMINATED = 3


class On(IntEnum):
    """What can happen to it: messages, timers, errors."""

    PROVISIONAL = 0
    FINAL = 1
    TIMER_E = 2
    TIMER_F = 3
    TIMER_K = 4
    TRANSPORT_ERROR = 5


PROVISIONAL, FINAL = numbers(On.PROVISIONAL, On.FINAL)
TIMER_E, TIMER_K = numbers(On.TIMER_E, On.TIMER_K)


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND_AGAIN = "send_again"
    SEND_AGAIN_SLOWLY = "send_again_slowly"
    PASS_UP = "pass_up"
    LET_GO = "let_go"
    START_K = "start_k"
    REPORT_TIMEOUT = "report_timeout"
    REPORT_TRANSPORT_ERROR = "report_transport_error"
    FORGET = "forget"


S, A = State, Action

RULES: Final = {
    (S.TRYING, On.PROVISIONAL): Rule(S.PROCEEDING, (A.PASS_UP,)),
    (S.TRYING, On.FINAL): Rule(S.COMPLETED, (A.PASS_UP, A.START_K, A.LET_GO)),
    (S.TRYING, On.TIMER_E): Rule(S.TRYING, (A.SEND_AGAIN,)),
    (S.TRYING, On.TIMER_F): Rule(S.TERMINATED, (A.REPORT_TIMEOUT, A.FORGET)),
    (S.TRYING, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.PROCEEDING, On.PROVISIONAL): Rule(S.PROCEEDING, (A.PASS_UP,)),
    (S.PROCEEDING, On.FINAL): Rule(S.COMPLETED, (A.PASS_UP, A.START_K, A.LET_GO)),
    (S.PROCEEDING, On.TIMER_E): Rule(S.PROCEEDING, (A.SEND_AGAIN_SLOWLY,)),
    (S.PROCEEDING, On.TIMER_F): Rule(S.TERMINATED, (A.REPORT_TIMEOUT, A.FORGET)),
    (S.PROCEEDING, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.COMPLETED, On.TIMER_K): Rule(S.TERMINATED, (A.FORGET,)),
}

IGNORED: Final = (
    # Retransmitted responses, and timers of the states before, are absorbed while K runs.
    frozenset(product((S.COMPLETED,), (On.PROVISIONAL, On.FINAL, On.TIMER_E, On.TIMER_F, On.TRANSPORT_ERROR)))
    | frozenset(product((S.TRYING, S.PROCEEDING), (On.TIMER_K,)))
    | frozenset(product((S.TERMINATED,), On))
)


class RequestClientTransaction(ClientTransaction):
    """Sends any request but INVITE and ACK until a final response comes."""

    __slots__ = ()

    TRANSPORT_ERROR = On.TRANSPORT_ERROR

    def start(self, now: float) -> None:
        ledger = self.ledger
        ledger.transmit(self.data, self.flow)
        if self.flow.is_reliable:
            ledger.timers.add(now, ledger.timing.limit, self, On.TIMER_F)
        else:
            ledger.timers.add(now, self.interval_s, self, TIMER_E)

    def receive(self, response: Response, now: float) -> None:
        self.response = response
        self.feed(PROVISIONAL if response.status < 200 else FINAL, now)
        self.response = None

    def send_again(self, now: float) -> None:
        self.send(now)
        self.start_limit(now, On.TIMER_F)
        self.interval_s = min(2 * self.interval_s, self.ledger.timing.t2)
        self.ledger.timers.add(now, self.interval_s, self, TIMER_E)

    def send_again_slowly(self, now: float) -> None:
        self.send(now)
        self.start_limit(now, On.TIMER_F)
        self.interval_s = self.ledger.timing.t2
        self.ledger.timers.add(now, self.interval_s, self, TIMER_E)

    def start_k(self, now: float) -> None:
        self.ledger.timers.add(now, 0.0 if self.flow.is_reliable else self.ledger.timing.t4, self, TIMER_K)


RequestClientTransaction.TABLE = compile_table(RequestClientTransaction, RULES, IGNORED)
