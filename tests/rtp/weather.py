"""A network between a sender and a receiver of RTP, seeded: loss, doubles and delay, and so reordering."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Weather:
    """What happens to packets on their way."""

    loss: float = 0.0
    """Share of packets that are lost."""
    doubles: float = 0.0
    """Share of packets that come twice."""
    jitter_s: float = 0.0
    """Delay is drawn evenly from 0 to this; packets overtake each other where it is longer than their spacing."""

    def deliver(self, sent: Iterable[tuple[float, bytes]], chance: random.Random) -> list[tuple[float, bytes]]:
        """When what arrives, in order of time."""
        arrivals = []
        for at, data in sent:
            if chance.random() < self.loss:
                continue
            copies = 2 if chance.random() < self.doubles else 1
            arrivals += [(at + chance.random() * self.jitter_s, data) for _ in range(copies)]
        return sorted(arrivals, key=lambda arrival: arrival[0])
