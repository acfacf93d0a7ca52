"""The 2xx to an INVITE, sent again by the callee's core until its ACK comes, on every transport.

Source: RFC 3261 §13.3.1.4.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import ClassVar, Final, Protocol

from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.machine import Rule, Table, compile_table
from sipflow.sip.message import Request


class State(IntEnum):
    """Whether the ACK has come."""

    SENT = 0
    ACKNOWLEDGED = 1
    GIVEN_UP = 2


class On(IntEnum):
    """What can happen to it: messages, timers, errors."""

    RESEND = 0
    LIMIT = 1
    ACK = 2
    ABANDON = 3
    """The call has ended: nobody waits for the ACK any more."""


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND_AGAIN = "send_again"
    GIVE_UP = "give_up"
    LET_GO = "let_go"


RULES: Final = {
    (State.SENT, On.RESEND): Rule(State.SENT, (Action.SEND_AGAIN,)),
    (State.SENT, On.LIMIT): Rule(State.GIVEN_UP, (Action.GIVE_UP,)),
    (State.SENT, On.ACK): Rule(State.ACKNOWLEDGED, (Action.LET_GO,)),
    (State.SENT, On.ABANDON): Rule(State.GIVEN_UP, (Action.LET_GO,)),
}
IGNORED: Final = frozenset((state, on) for state in (State.ACKNOWLEDGED, State.GIVEN_UP) for on in On)


class SuccessOwner(Protocol):
    """Whoever sent the 2xx."""

    def ack_missing(self, now: float) -> None:
        """No ACK came within 64·T1."""
        ...


class Success:
    """One 2xx of ours and its wait for the ACK."""

    __slots__ = ("_data", "_interval_s", "_owner", "_transaction", "cseq", "had_offer", "state")

    TABLE: ClassVar[Table]

    def __init__(
        self,
        transaction: InviteServerTransaction,
        request: Request,
        had_offer: bool,
        data: bytes,
        owner: SuccessOwner,
        now: float,
    ) -> None:
        """Send `data`, the 2xx to `request`, at once."""
        self.state = 0
        self.cseq = request.cseq
        """The ACK carries this number."""
        self.had_offer = had_offer
        """Otherwise the 2xx makes the offer, and the ACK brings the answer."""
        self._transaction = transaction
        self._data = data
        self._owner: SuccessOwner | None = owner
        ledger = transaction.ledger
        self._interval_s = ledger.timing.t1
        transaction.respond(200, data, now)
        ledger.timers.add(now, self._interval_s, self, On.RESEND)
        ledger.timers.add(now, ledger.timing.limit, self, On.LIMIT)

    @property
    def is_pending(self) -> bool:
        """Whether the ACK is still awaited."""
        return self.state == State.SENT

    def feed(self, on: int, now: float) -> None:
        rule = self.TABLE[self.state][on]
        if rule is not None:
            self.state = rule[0]
            for step in rule[1]:
                step(self, now)

    def send_again(self, now: float) -> None:
        ledger = self._transaction.ledger
        self._transaction.respond(200, self._data, now)
        self._interval_s = min(2 * self._interval_s, ledger.timing.t2)
        ledger.timers.add(now, self._interval_s, self, On.RESEND)

    def give_up(self, now: float) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.ack_missing(now)

    def let_go(self, _now: float) -> None:
        """The timer of LIMIT holds this for 64·T1: it need not hold the call too."""
        self._owner = None
        self._data = b""


Success.TABLE = compile_table(Success, RULES, IGNORED)
