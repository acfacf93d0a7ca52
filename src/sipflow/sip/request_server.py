"""The non-INVITE server transaction. Source: RFC 3261 §17.2.2 (figure 8), RFC 4320 §4."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import product
from typing import Final

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.sip.machine import Rule, compile_table, numbers
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
    SEND_FINAL = 1
    TIMER_J = 2
    TRANSPORT_ERROR = 3
    TIMER_TRYING = 4
    """The client repeats the request at T2 from now on: 100 tells it that the request has arrived."""
    ABANDON = 5
    """Nobody will answer the request any more (RFC 4320 §4.2)."""


SEND_FINAL, TIMER_J = numbers(On.SEND_FINAL, On.TIMER_J)


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND = "send"
    SEND_TRYING = "send_trying"
    START_J = "start_j"
    REPORT_TRANSPORT_ERROR = "report_transport_error"
    FORGET = "forget"


S, A = State, Action

RULES: Final = {
    (S.TRYING, On.SEND_FINAL): Rule(S.COMPLETED, (A.SEND, A.START_J)),
    (S.TRYING, On.TIMER_TRYING): Rule(S.PROCEEDING, (A.SEND_TRYING,)),
    (S.PROCEEDING, On.REQUEST): Rule(S.PROCEEDING, (A.SEND,)),
    (S.PROCEEDING, On.SEND_FINAL): Rule(S.COMPLETED, (A.SEND, A.START_J)),
    (S.PROCEEDING, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.TRYING, On.ABANDON): Rule(S.TERMINATED, (A.FORGET,)),
    (S.PROCEEDING, On.ABANDON): Rule(S.TERMINATED, (A.FORGET,)),
    (S.COMPLETED, On.REQUEST): Rule(S.COMPLETED, (A.SEND,)),
    (S.COMPLETED, On.TIMER_J): Rule(S.TERMINATED, (A.FORGET,)),
    (S.COMPLETED, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
}

IGNORED: Final = (
    # Retransmissions before any response are discarded; nothing was sent that could fail.
    frozenset({(S.TRYING, On.REQUEST), (S.TRYING, On.TRANSPORT_ERROR)})
    | frozenset(product((S.TRYING, S.PROCEEDING), (On.TIMER_J,)))
    | frozenset(product((S.TERMINATED,), (On.REQUEST, On.TIMER_J, On.TRANSPORT_ERROR)))
    | frozenset(product((S.PROCEEDING, S.COMPLETED, S.TERMINATED), (On.TIMER_TRYING,)))
    | frozenset(product((S.COMPLETED, S.TERMINATED), (On.ABANDON,)))
)

FORBIDDEN: Final = frozenset(product((S.COMPLETED, S.TERMINATED), (On.SEND_FINAL,)))


class RequestServerTransaction(ServerTransaction):
    """Answers any request but INVITE and ACK, and repeats its answer to every repeated request."""

    __slots__ = ()

    TRANSPORT_ERROR = On.TRANSPORT_ERROR

    def repeat(self, now: float) -> None:
        self.feed(On.REQUEST, now)

    def expect_delay(self, now: float) -> None:
        """The answer takes its time: 100 is sent where it has not come when the client's timer E has grown to T2.

        Whoever does not answer at once says so, once. Source: RFC 4320 §4.1.
        """
        timing = self.ledger.timing
        due_s, interval_s = 0.0, timing.t1
        while interval_s < timing.t2:
            due_s += interval_s
            interval_s *= 2
        self.ledger.timers.add(now, due_s, self, On.TIMER_TRYING)

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Raises LocalProtocolError for 408 and any 1xx, too: the client knows better, and 100 goes out by itself.

        Source: RFC 4320 §4.1, §4.2.
        """
        if status < 200 or status == 408:
            raise LocalProtocolError(Saying.of("not-a-response-here", status=status))
        last, self.last = self.last, data
        try:
            self.feed(SEND_FINAL, now)
        except Exception:
            self.last = last
            raise

    def start_j(self, now: float) -> None:
        self.head = ""
        self.ledger.timers.add(now, 0.0 if self.flow.is_reliable else self.ledger.timing.limit, self, TIMER_J)


RequestServerTransaction.TABLE = compile_table(RequestServerTransaction, RULES, IGNORED, FORBIDDEN)
