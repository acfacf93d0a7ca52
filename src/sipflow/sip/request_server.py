"""The non-INVITE server transaction. Source: RFC 3261 §17.2.2 (figure 8)."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import product
from typing import Final

from sipflow.sip.machine import Rule, compile_table
from sipflow.sip.transaction import ServerTransaction


class State(IntEnum):
    """The states of figure 8."""

    TRYING = 0
    PROCEEDING = 1
    COMPLETED = 2
    TERMINATED = 3


class On(IntEnum):
    """What can happen to it: messages, timers, errors."""

    REQUEST = 0
    SEND_PROVISIONAL = 1
    SEND_FINAL = 2
    TIMER_J = 3
    TRANSPORT_ERROR = 4


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND = "send"
    START_J = "start_j"
    REPORT_TRANSPORT_ERROR = "report_transport_error"
    FORGET = "forget"


S, A = State, Action

RULES: Final = {
    (S.TRYING, On.SEND_PROVISIONAL): Rule(S.PROCEEDING, (A.SEND,)),
    (S.TRYING, On.SEND_FINAL): Rule(S.COMPLETED, (A.SEND, A.START_J)),
    (S.PROCEEDING, On.REQUEST): Rule(S.PROCEEDING, (A.SEND,)),
    (S.PROCEEDING, On.SEND_PROVISIONAL): Rule(S.PROCEEDING, (A.SEND,)),
    (S.PROCEEDING, On.SEND_FINAL): Rule(S.COMPLETED, (A.SEND, A.START_J)),
    (S.PROCEEDING, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.COMPLETED, On.REQUEST): Rule(S.COMPLETED, (A.SEND,)),
    (S.COMPLETED, On.TIMER_J): Rule(S.TERMINATED, (A.FORGET,)),
    (S.COMPLETED, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
}

IGNORED: Final = (
    # Retransmissions before any response are discarded; nothing was sent that could fail.
    frozenset({(S.TRYING, On.REQUEST), (S.TRYING, On.TRANSPORT_ERROR)})
    | frozenset(product((S.TRYING, S.PROCEEDING), (On.TIMER_J,)))
    | frozenset(product((S.TERMINATED,), (On.REQUEST, On.TIMER_J, On.TRANSPORT_ERROR)))
)

FORBIDDEN: Final = frozenset(product((S.COMPLETED, S.TERMINATED), (On.SEND_PROVISIONAL, On.SEND_FINAL)))


class RequestServerTransaction(ServerTransaction):
    """Answers any request but INVITE and ACK, and repeats its answer to every repeated request."""

    __slots__ = ()

    TRANSPORT_ERROR = On.TRANSPORT_ERROR

    def repeat(self, now: float) -> None:
        self.feed(On.REQUEST, now)

    def respond(self, status: int, data: bytes, now: float) -> None:
        last, self.last = self.last, data
        try:
            self.feed(On.SEND_PROVISIONAL if status < 200 else On.SEND_FINAL, now)
        except Exception:
            self.last = last
            raise

    def start_j(self, now: float) -> None:
        self.head = ""
        self.ledger.timers.add(now, 0.0 if self.flow.is_reliable else self.ledger.timing.limit, self, On.TIMER_J)


RequestServerTransaction.TABLE = compile_table(RequestServerTransaction, RULES, IGNORED, FORBIDDEN)
