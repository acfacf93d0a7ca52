"""The offers and answers of one dialog: who has an offer open, and which request it came with.

INVITE, UPDATE and PRACK with their responses carry them alike, and one at a time. Source: RFC 3264 §4, RFC 3311 §5,
RFC 3262 §5, RFC 6337 §2.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from sipflow.base.errors import LocalProtocolError
from sipflow.base.sayings import Saying
from sipflow.ua.session import CallSession


class State(IntEnum):
    """Where the exchange stands."""

    NEW = 0
    """Nothing was ever agreed."""
    OFFERED = 1
    """Our offer is open: the peer owes an answer."""
    ASKED = 2
    """The peer's offer is open: we owe an answer."""
    AGREED = 3


class On(IntEnum):
    """What can happen to it."""

    OFFER = 0
    """We offer."""
    RECEIVE_ANSWER = 1
    RECEIVE_OFFER = 2
    ANSWER = 3
    """We answer."""
    REFUSE = 4
    """The open offer, ours or theirs, is refused."""


RULES: Final = {
    (State.NEW, On.OFFER): State.OFFERED,
    (State.NEW, On.RECEIVE_OFFER): State.ASKED,
    (State.OFFERED, On.RECEIVE_ANSWER): State.AGREED,
    (State.OFFERED, On.REFUSE): State.AGREED,
    (State.ASKED, On.ANSWER): State.AGREED,
    (State.ASKED, On.REFUSE): State.AGREED,
    (State.AGREED, On.OFFER): State.OFFERED,
    (State.AGREED, On.RECEIVE_OFFER): State.ASKED,
}
"""Every other pair is our misuse."""

NEW, OFFERED, ASKED, AGREED = (int(state) for state in State)
_OFFER, _RECEIVE_ANSWER, _RECEIVE_OFFER, _ANSWER, _REFUSE = (
    tuple([int(RULES.get((state, on), -1)) for state in State]) for on in On
)
"""By the state before, the state after; -1 for misuse. A tuple is quicker than a dictionary of pairs of enums."""


class Exchange:
    """The offers and answers of one dialog. A method that raises SdpError or AddressUnavailable changes nothing."""

    __slots__ = ("_written", "carrier", "session", "state")

    def __init__(self, session: CallSession) -> None:
        self.session = session
        self.state: int = NEW
        self.carrier = ""
        """The method of the request with which the open offer came or went, or which its response answers."""
        self._written: bytes | None = None

    @property
    def is_open(self) -> bool:
        """Whether an offer waits for its answer."""
        return self.state in (OFFERED, ASKED)

    def offer(self, carrier: str, direction: str | None = None) -> bytes:
        """Our offer. Raises LocalProtocolError while another is open."""
        after = _OFFER[self.state]
        if after < 0:
            raise self._misuse(On.OFFER)
        body = self.session.create_offer(direction)
        self.state, self.carrier = after, carrier
        return body

    def offer_again(self, carrier: str) -> bytes:
        """The session as it stands, offered to keep it alive. Raises LocalProtocolError while another is open."""
        after = _OFFER[self.state]
        if after < 0:
            raise self._misuse(On.OFFER)
        body = self.session.repeat_offer()
        self.state, self.carrier = after, carrier
        return body

    def adopt_offer(self, carrier: str, body: bytes) -> None:
        """An offer that somebody else has written goes out as ours. Raises LocalProtocolError while one is open."""
        after = _OFFER[self.state]
        if after < 0:
            raise self._misuse(On.OFFER)
        self.session.adopt_offer(body)
        self.state, self.carrier = after, carrier

    def receive_answer(self, body: bytes) -> None:
        """The answer to our offer; one that does not fit leaves the offer open."""
        after = _RECEIVE_ANSWER[self.state]
        if after < 0:
            raise self._misuse(On.RECEIVE_ANSWER)
        self.session.receive_answer(body)
        self.state = after

    def receive_offer(self, carrier: str, body: bytes) -> None:
        """The peer's offer. Raises LocalProtocolError while another is open."""
        after = _RECEIVE_OFFER[self.state]
        if after < 0:
            raise self._misuse(On.RECEIVE_OFFER)
        self.session.receive_offer(body)
        self.state, self.carrier = after, carrier

    def preview(self) -> bytes:
        """Our answer, for a response that may be lost: the offer stays open until `answer`."""
        if self._written is None:
            self._written = self.session.create_answer()
        return self._written

    def answer(self) -> bytes:
        """Our answer to the peer's offer: what `preview` has shown, where it has."""
        after = _ANSWER[self.state]
        if after < 0:
            raise self._misuse(On.ANSWER)
        body = self.session.create_answer() if self._written is None else self._written
        self.state, self._written = after, None
        return body

    def refuse(self) -> None:
        """The open offer was refused: the session before it stays in force. Source: RFC 3261 §14.1."""
        after = _REFUSE[self.state]
        if after < 0:
            raise self._misuse(On.REFUSE)
        self.session.rollback()
        self.state = after

    def fork(self) -> Exchange:
        """The same exchange in another dialog that the INVITE has created. Raises AddressUnavailable."""
        twin = Exchange(self.session.fork())
        twin.state, twin.carrier = self.state, self.carrier
        return twin

    def _misuse(self, on: On) -> LocalProtocolError:
        return LocalProtocolError(Saying.of("not-in-state", what=on.name, state=State(self.state).name))
