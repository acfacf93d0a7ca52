"""Messages as arrows: all sights of one message joined, retransmissions counted."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from sipflow.base.events import ActionLogged, SipMessageSeen
from sipflow.report.names import printable

MAX_REMEMBERED = 4_096
"""Messages that can still be joined or counted; older ones are forgotten."""


class Sight(Enum):
    """What a message event adds to the arrows."""

    NEW = "new"
    REPEATED = "repeated"
    JOINED = "joined"


@dataclass(slots=True)
class Arrow:
    """One message between two lanes. A lane is an instance id or, of a stranger, an address."""

    source: str
    target: str
    first: SipMessageSeen
    sent: int = 0
    received: int = 0

    @property
    def count(self) -> int:
        """How often it was on the wire."""
        return max(self.sent, self.received)

    @property
    def label(self) -> str:
        """Method or status and reason, without the note: `INVITE`, `180 Ringing`."""
        return message_label(self.first)


def message_label(event: SipMessageSeen) -> str:
    """Name a message: a request by its method, a response by status and reason."""
    if event.status_code is None:
        return printable(event.method)
    return printable(f"{event.status_code} {event.reason or ''}".rstrip())


class ArrowJoiner:
    """Turns message events into arrows; `first_seq` tells which events are of one message."""

    def __init__(self) -> None:
        self._arrows: OrderedDict[int, Arrow] = OrderedDict()
        self._owners: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        """Where an instance listens, or else was first seen at, by instance id."""

    def owner(self, address: str) -> str:
        """Return the instance at an address, or the address where it is a stranger's."""
        return self._owners.get(address, address)

    def take_line(self, event: ActionLogged) -> None:
        """Learn from a line of the log which address is whose, before any message shows it."""
        told = (event.said or {}).get("message", {})
        if told.get("code") == "listens" and event.instance_id:
            self._learn(event.instance_id, told["values"]["address"])

    def _learn(self, lane: str, address: str) -> None:
        self.addresses.setdefault(lane, address)
        self._owners.setdefault(address, lane)

    def add(self, event: SipMessageSeen) -> tuple[Arrow, Sight]:
        """Take one event; the arrow it belongs to may be one given before, changed now."""
        here = event.instance_id or event.local_address
        self._learn(here, event.local_address)
        is_sent = event.direction == "sent"
        arrow = self._arrows.get(event.first_seq)
        if arrow is None:
            there = self.owner(event.remote_address)
            arrow = Arrow(here, there, event) if is_sent else Arrow(there, here, event)
            self._arrows[event.first_seq] = arrow
            if len(self._arrows) > MAX_REMEMBERED:
                self._arrows.popitem(last=False)
            sight = Sight.NEW
        elif not is_sent and arrow.received < arrow.sent:
            # A stream's far end has a port that only now shows whose it is.
            self._owners.setdefault(event.remote_address, arrow.source)
            arrow.target = here
            sight = Sight.JOINED
        else:
            sight = Sight.REPEATED
        if is_sent:
            arrow.sent += 1
        else:
            arrow.received += 1
        return arrow, sight
