"""The INVITE server transaction. Source: RFC 3261 §17.2.1 (figure 7) as corrected by RFC 6026 §7.1."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from itertools import product
from typing import Final

from sipflow.sip.machine import Rule, compile_table, numbers
from sipflow.sip.message import Request
from sipflow.sip.orders import AckReceived
from sipflow.sip.transaction import ServerTransaction


class State(IntEnum):
    """The states of figure 7, with Accepted from RFC 6026."""

    TRYING = 0
    """Proceeding before any response of ours: the 200 ms within which 100 Trying is due run here."""
    PROCEEDING = 1
    COMPLETED = 2
    CONFIRMED = 3
    ACCEPTED = 4
    TERMINATED = 5


class On(IntEnum):
    """What can happen to it: messages, timers, errors."""

    REQUEST = 0
    ACK = 1
    SEND_PROVISIONAL = 2
    SEND_SUCCESS = 3
    SEND_FAILURE = 4
    TIMER_TRYING = 5
    TIMER_G = 6
    TIMER_H = 7
    TIMER_I = 8
    TIMER_L = 9
    TRANSPORT_ERROR = 10


ACK, TIMER_TRYING, TIMER_L = numbers(On.ACK, On.TIMER_TRYING, On.TIMER_L)
SEND_PROVISIONAL, SEND_SUCCESS, SEND_FAILURE = numbers(On.SEND_PROVISIONAL, On.SEND_SUCCESS, On.SEND_FAILURE)


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND = "send"
    SEND_TRYING = "send_trying"
    SEND_AGAIN = "send_again"
    PASS_ACK = "pass_ack"
    START_G_AND_H = "start_g_and_h"
    START_I = "start_i"
    START_L = "start_l"
    REPORT_TIMEOUT = "report_timeout"
    REPORT_TRANSPORT_ERROR = "report_transport_error"
    FORGET = "forget"


S, A = State, Action

RULES: Final = {
    (S.TRYING, On.TIMER_TRYING): Rule(S.PROCEEDING, (A.SEND_TRYING,)),
    (S.TRYING, On.REQUEST): Rule(S.PROCEEDING, (A.SEND_TRYING,)),
    (S.TRYING, On.SEND_PROVISIONAL): Rule(S.PROCEEDING, (A.SEND,)),
    (S.TRYING, On.SEND_SUCCESS): Rule(S.ACCEPTED, (A.SEND, A.START_L)),
    (S.TRYING, On.SEND_FAILURE): Rule(S.COMPLETED, (A.SEND, A.START_G_AND_H)),
    (S.PROCEEDING, On.REQUEST): Rule(S.PROCEEDING, (A.SEND,)),
    (S.PROCEEDING, On.SEND_PROVISIONAL): Rule(S.PROCEEDING, (A.SEND,)),
    (S.PROCEEDING, On.SEND_SUCCESS): Rule(S.ACCEPTED, (A.SEND, A.START_L)),
    (S.PROCEEDING, On.SEND_FAILURE): Rule(S.COMPLETED, (A.SEND, A.START_G_AND_H)),
    (S.PROCEEDING, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.COMPLETED, On.REQUEST): Rule(S.COMPLETED, (A.SEND,)),
    (S.COMPLETED, On.ACK): Rule(S.CONFIRMED, (A.START_I,)),
    (S.COMPLETED, On.TIMER_G): Rule(S.COMPLETED, (A.SEND_AGAIN,)),
    (S.COMPLETED, On.TIMER_H): Rule(S.TERMINATED, (A.REPORT_TIMEOUT, A.FORGET)),
    (S.COMPLETED, On.TRANSPORT_ERROR): Rule(S.TERMINATED, (A.REPORT_TRANSPORT_ERROR, A.FORGET)),
    (S.CONFIRMED, On.TIMER_I): Rule(S.TERMINATED, (A.FORGET,)),
    # The core sends its 2xx again by itself until the ACK comes; the transaction only passes them on.
    (S.ACCEPTED, On.SEND_SUCCESS): Rule(S.ACCEPTED, (A.SEND,)),
    (S.ACCEPTED, On.ACK): Rule(S.ACCEPTED, (A.PASS_ACK,)),
    (S.ACCEPTED, On.TIMER_L): Rule(S.TERMINATED, (A.FORGET,)),
}

IGNORED: Final = (
    frozenset({(S.ACCEPTED, On.REQUEST), (S.CONFIRMED, On.REQUEST), (S.CONFIRMED, On.ACK)})
    # An ACK before any final response belongs to nothing.
    | frozenset({(S.TRYING, On.ACK), (S.PROCEEDING, On.ACK)})
    # Nothing was sent yet that could have failed.
    | frozenset({(S.TRYING, On.TRANSPORT_ERROR)})
    # A lost 2xx is sent again by the core until its own limit.
    | frozenset({(S.ACCEPTED, On.TRANSPORT_ERROR), (S.CONFIRMED, On.TRANSPORT_ERROR)})
    # Each timer is armed for one state alone.
    | frozenset(product((S.PROCEEDING, S.COMPLETED, S.CONFIRMED, S.ACCEPTED), (On.TIMER_TRYING,)))
    | frozenset(product((S.TRYING, S.PROCEEDING, S.CONFIRMED, S.ACCEPTED), (On.TIMER_G, On.TIMER_H)))
    | frozenset(product((S.TRYING, S.PROCEEDING, S.COMPLETED, S.ACCEPTED), (On.TIMER_I,)))
    | frozenset(product((S.TRYING, S.PROCEEDING, S.COMPLETED, S.CONFIRMED), (On.TIMER_L,)))
    | frozenset(
        product(
            (S.TERMINATED,),
            [on for on in On if on not in (On.SEND_PROVISIONAL, On.SEND_SUCCESS, On.SEND_FAILURE)],
        )
    )
)

FORBIDDEN: Final = frozenset(
    product((S.COMPLETED, S.CONFIRMED, S.TERMINATED), (On.SEND_PROVISIONAL, On.SEND_SUCCESS, On.SEND_FAILURE))
) | frozenset({(S.ACCEPTED, On.SEND_PROVISIONAL), (S.ACCEPTED, On.SEND_FAILURE)})


class InviteServerTransaction(ServerTransaction):
    """Answers an INVITE, and sends a refusal again until its ACK comes."""

    __slots__ = ("ack",)

    TRANSPORT_ERROR = On.TRANSPORT_ERROR

    def start(self, now: float) -> None:
        self.ack: Request | None = None
        self.ledger.timers.add(now, self.ledger.timing.trying, self, TIMER_TRYING)

    def repeat(self, now: float) -> None:
        self.feed(On.REQUEST, now)

    def acknowledge(self, ack: Request, now: float) -> None:
        """The ACK with this transaction's branch came."""
        self.ack = ack
        self.feed(ACK, now)
        self.ack = None

    def respond(self, status: int, data: bytes, now: float) -> None:
        on = SEND_PROVISIONAL if status < 200 else SEND_SUCCESS if status < 300 else SEND_FAILURE
        last, self.last = self.last, data
        try:
            self.feed(on, now)
        except Exception:
            self.last = last
            raise

    @property
    def is_pending(self) -> bool:
        """Whether a final response is still owed."""
        return self.state in (State.TRYING, State.PROCEEDING)

    def send_again(self, now: float) -> None:
        self.send(now)
        self.interval_s = min(2 * self.interval_s, self.ledger.timing.t2)
        self.ledger.timers.add(now, self.interval_s, self, On.TIMER_G)

    def pass_ack(self, _now: float) -> None:
        if self.ack is not None:
            self.ledger.orders.append(AckReceived(self.ack, self.flow))

    def start_g_and_h(self, now: float) -> None:
        timers, timing = self.ledger.timers, self.ledger.timing
        if not self.flow.is_reliable:
            timers.add(now, self.interval_s, self, On.TIMER_G)
            self.ledger.unacknowledged.add(self)
        timers.add(now, timing.limit, self, On.TIMER_H)

    def start_i(self, now: float) -> None:
        self.ledger.unacknowledged.discard(self)
        self.ledger.timers.add(now, 0.0 if self.flow.is_reliable else self.ledger.timing.t4, self, On.TIMER_I)

    def forget(self, now: float) -> None:
        self.ledger.unacknowledged.discard(self)
        super().forget(now)

    def start_l(self, now: float) -> None:
        self.head = ""
        self.ledger.timers.add(now, self.ledger.timing.limit, self, TIMER_L)


InviteServerTransaction.TABLE = compile_table(InviteServerTransaction, RULES, IGNORED, FORBIDDEN)
