"""The 2xx to an INVITE, sent again by the callee's core until its ACK comes, on every transport.

Source: RFC 3261 §13.3.1.4.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import ClassVar, Final

from sipflow.sip.invite_server import InviteServerTransaction
from sipflow.sip.machine import Rule, Table, compile_table
from sipflow.sip.timers import TimerQueue, Timing


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


class Action(StrEnum):
    """What a rule does, by the name of the method."""

    SEND_AGAIN = "send_again"
    GIVE_UP = "give_up"


RULES: Final = {
    (State.SENT, On.RESEND): Rule(State.SENT, (Action.SEND_AGAIN,)),
    (State.SENT, On.LIMIT): Rule(State.GIVEN_UP, (Action.GIVE_UP,)),
    (State.SENT, On.ACK): Rule(State.ACKNOWLEDGED),
}
IGNORED: Final = frozenset((state, on) for state in (State.ACKNOWLEDGED, State.GIVEN_UP) for on in On)


class Success:
    """One 2xx of ours and its wait for the ACK."""

    __slots__ = ("_data", "_give_up", "_interval_s", "_timers", "_timing", "cseq", "state", "transaction")

    TABLE: ClassVar[Table]

    def __init__(
        self,
        transaction: InviteServerTransaction,
        data: bytes,
        now: float,
        give_up: Callable[[float], None],
    ) -> None:
        """Send `data` at once. `give_up(now)` is called when no ACK came within 64·T1."""
        self.state = 0
        self.transaction = transaction
        self.cseq = transaction.request.cseq
        """The ACK carries this number."""
        self._data = data
        self._give_up = give_up
        self._timers: TimerQueue = transaction.ledger.timers
        self._timing: Timing = transaction.ledger.timing
        self._interval_s = self._timing.t1
        transaction.respond(200, data, now)
        self._timers.add(now, self._interval_s, self, On.RESEND)
        self._timers.add(now, self._timing.limit, self, On.LIMIT)

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
        self.transaction.respond(200, self._data, now)
        self._interval_s = min(2 * self._interval_s, self._timing.t2)
        self._timers.add(now, self._interval_s, self, On.RESEND)

    def give_up(self, now: float) -> None:
        self._give_up(now)


Success.TABLE = compile_table(Success, RULES, IGNORED)
