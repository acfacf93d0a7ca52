"""Reliable provisional responses that go across: who has to learn of the PRACK, and their numbers on each side.

The far end repeats them and the near end acknowledges them; nothing is repeated here. Phones that ring at once share
the caller's one dialog, in which their responses are numbered through. Source: RFC 3262 §3, §4.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sipflow.pbx.leg import Leg
from sipflow.sip.dialog import DialogKey
from sipflow.sip.extensions import RAck

MAX_KEPT: Final = 100
"""Responses of one call."""


class _Place(NamedTuple):
    """One response, as one side knows it."""

    dialog: DialogKey
    cseq: int
    """Of the INVITE on this side."""
    rseq: int


class Origin(NamedTuple):
    """Where a response came from."""

    leg: Leg
    rack: str
    """How a PRACK names it there."""


class ReliableResponses:
    """Those of one call."""

    def __init__(self) -> None:
        self._given: dict[_Place, int] = {}
        """The number that each has got for the other side."""
        self._origins: dict[_Place, Origin] = {}
        self._last: dict[tuple[DialogKey, int], int] = {}

    def number(self, origin: Leg, cseq: int, rseq: int, leg: Leg, own_cseq: int) -> int | None:
        """The RSeq on `leg`, where the INVITE has `own_cseq`, of one that came from `origin`; None for one too many."""
        there = _Place(origin.dialog.key, cseq, rseq)
        given = self._given.get(there)
        if given is None and len(self._given) < MAX_KEPT:
            line = (leg.dialog.key, own_cseq)
            given = self._last[line] = self._given[there] = self._last[line] + 1 if line in self._last else rseq
            self._origins[_Place(*line, given)] = Origin(origin, f"{rseq} {cseq} INVITE")
        return given

    def origin(self, leg: Leg, rack: RAck | None) -> Origin | None:
        """Where a PRACK that came on this leg belongs."""
        return None if rack is None else self._origins.get(_Place(leg.dialog.key, rack.cseq, rack.rseq))
