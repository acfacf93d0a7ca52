"""A response to an INVITE that the callee's core sends again until it is acknowledged, on every transport.

A 2xx until its ACK (RFC 3261 §13.3.1.4), a reliable provisional until its PRACK (RFC 3262 §3).
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import ClassVar, Final, Protocol

from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.machine import Rule, Table, compile_table, numbers


class State(IntEnum):
    """Whether the acknowledgement has come."""

    SENT = 0
    ACKNOWLEDGED = 1
    GIVEN_UP = 2


class On(IntEnum):
    """What can happen to it: messages, timers, errors."""

    RESEND = 0
    LIMIT = 1
    ACKNOWLEDGE = 2
    ABANDON = 3
    """The call has ended or gone on: nobody waits for the acknowledgement any more."""


RESEND, LIMIT = numbers(On.RESEND, On.LIMIT)


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND_AGAIN = "send_again"
    GIVE_UP = "give_up"
    LET_GO = "let_go"


RULES: Final = {
    (State.SENT, On.RESEND): Rule(State.SENT, (Action.SEND_AGAIN,)),
    (State.SENT, On.LIMIT): Rule(State.GIVEN_UP, (Action.GIVE_UP,)),
    (State.SENT, On.ACKNOWLEDGE): Rule(State.ACKNOWLEDGED, (Action.LET_GO,)),
    (State.SENT, On.ABANDON): Rule(State.GIVEN_UP, (Action.LET_GO,)),
}
IGNORED: Final = frozenset((state, on) for state in (State.ACKNOWLEDGED, State.GIVEN_UP) for on in On)


class ResponseOwner(Protocol):
    """Whoever sent the response."""

    def never_acknowledged(self, status: int, now: float) -> None:
        """Nothing came within 64·T1."""
        ...


class ReliableResponse:
    """One such response of ours and its wait."""

    __slots__ = ("_data", "_interval_s", "_owner", "_transaction", "cseq", "state", "status")

    TABLE: ClassVar[Table]

    def __init__(
        self,
        transaction: InviteServerTransaction,
        status: int,
        cseq: int,
        data: bytes,
        owner: ResponseOwner,
        now: float,
    ) -> None:
        """Send `data` at once: the response of this status to the INVITE with this CSeq number."""
        self.state = 0
        self.status = status
        self.cseq = cseq
        """What acknowledges it carries this number."""
        self._transaction = transaction
        self._data = data
        self._owner: ResponseOwner | None = owner
        ledger = transaction.ledger
        self._interval_s = ledger.timing.t1
        transaction.respond(status, data, now)
        ledger.timers.add(now, self._interval_s, self, RESEND)
        # Due with timer L, however late the ticks: afterwards the transaction takes no 2xx any more.
        ledger.timers.add(now, ledger.timing.limit, self, LIMIT)

    @property
    def is_pending(self) -> bool:
        """Whether the acknowledgement is still awaited."""
        return self.state == State.SENT

    def feed(self, on: int, now: float) -> None:
        rule = self.TABLE[self.state][on]
        if rule is not None:
            self.state = rule[0]
            for step in rule[1]:
                step(self, now)

    def send_again(self, now: float) -> None:
        """After doubling intervals; those of a 2xx grow no longer than T2, those of a provisional do."""
        ledger = self._transaction.ledger
        self._transaction.respond(self.status, self._data, now)
        doubled = 2 * self._interval_s
        self._interval_s = doubled if self.status < 200 else min(doubled, ledger.timing.t2)
        ledger.timers.add(now, self._interval_s, self, RESEND)

    def give_up(self, now: float) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.never_acknowledged(self.status, now)

    def let_go(self, _now: float) -> None:
        """The timer of LIMIT holds this for 64·T1: it need not hold the call too."""
        self._owner = None
        self._data = b""


ReliableResponse.TABLE = compile_table(ReliableResponse, RULES, IGNORED)
