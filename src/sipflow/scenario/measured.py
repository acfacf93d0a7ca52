"""What is measured of the media of a call, for nodes that judge it."""

from __future__ import annotations

from dataclasses import dataclass

from sipflow.base.sayings import Told


@dataclass(frozen=True, slots=True)
class Measured:
    """One direction of the media of a call, so far; None is what nobody has measured."""

    packets: int
    """Received, doubles included; or sent, as the other side may report of them."""
    codec: str
    """The one that was agreed on last; empty where none is."""
    loss_percent: float | None
    jitter_ms: float | None
    """Interarrival jitter of RFC 3550 §6.4.1, at its end."""
    mos: float | None
    basis: Told
    """What it rests on: how many packets, over how many seconds, or by which report."""
