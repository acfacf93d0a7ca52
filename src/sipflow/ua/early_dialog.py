"""An early dialog of a call that we place: one To tag of the provisional responses to its INVITE."""

from __future__ import annotations

from typing import Final

from sipflow.sip.dialog import Dialog
from sipflow.ua.exchange import Exchange

MAX_RELIABLE: Final = 64
"""Reliable provisional responses of one dialog that are acknowledged: each PRACK may be sent 11 times, to wherever the
peer's Contact says.
"""


class EarlyDialog:
    """A dialog, with what the provisional responses that made it have told."""

    __slots__ = ("_reliable", "_rseq", "body", "dialog", "exchange")

    def __init__(self, dialog: Dialog) -> None:
        self.dialog = dialog
        self.body = b""
        """A description that may come again: the answer, should the 2xx bring none. Source: RFC 3261 §13.2.1."""
        self.exchange: Exchange | None = None
        """Offers and answers of this dialog alone, once there are some before the 2xx."""
        self._rseq: int | None = None
        self._reliable = 0

    def takes(self, rseq: int) -> bool:
        """Whether a reliable provisional with this number is the next one; remembers it.

        One that came already, or comes out of order, is neither acknowledged nor looked at. Source: RFC 3262 §4.
        """
        if self._reliable >= MAX_RELIABLE or (self._rseq is not None and rseq != self._rseq + 1):
            return False
        self._rseq = rseq
        self._reliable += 1
        return True
