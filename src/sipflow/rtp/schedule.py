"""When to send RTCP. Source: RFC 3550 §6.2, §6.3, §A.7."""

from __future__ import annotations

import math
from typing import Final

from sipflow.base.ids import Ids

MIN_INTERVAL_S: Final = 5.0  # RFC 3550 §6.2
FRACTION: Final = 0.05  # RFC 3550 §6.2: what RTCP may take of the session's bandwidth
COMPENSATION: Final = math.e - 1.5  # RFC 3550 §6.3.1: reconsideration would make intervals longer than meant
UDP_IP_BYTES: Final = 28  # RFC 3550 §6.2: sizes count the headers of UDP and IP
_UNIT: Final = 1 << 32


class RtcpSchedule:
    """The times of reports between two participants, both of whom may send.

    Intervals are drawn from half to one and a half times the due one, so that many streams do not report at once. With
    two participants and a telephone call's bandwidth the due one is the least that is allowed, 5 s; what a longer
    compound costs is considered all the same.
    """

    __slots__ = ("_average_bytes", "_bytes_per_s", "_ids", "_is_initial", "_last_at", "due_at")

    def __init__(self, ids: Ids, now: float, bandwidth_bps: int = 64_000, first_bytes: int = 100) -> None:
        """`bandwidth_bps` is the session's; `first_bytes` is the probable size of our compound."""
        self._ids = ids
        self._bytes_per_s = bandwidth_bps / 8 * FRACTION
        self._average_bytes = float(first_bytes + UDP_IP_BYTES)
        self._is_initial = True
        self._last_at = now
        self.due_at = now + self._interval_s()
        """When to call `is_due` next."""

    def is_due(self, now: float) -> bool:
        """Whether to send now; else `due_at` has moved on: timer reconsideration, RFC 3550 §6.3.6."""
        if now < self.due_at:
            return False
        self.due_at = self._last_at + self._interval_s()
        return self.due_at <= now

    def sent(self, size_bytes: int, now: float) -> None:
        """A compound went out; the next is due later."""
        self._learn(size_bytes)
        self._is_initial = False
        self._last_at = now
        self.due_at = now + self._interval_s()

    def received(self, size_bytes: int) -> None:
        """A compound came: its size counts for the interval."""
        self._learn(size_bytes)

    def _learn(self, size_bytes: int) -> None:
        self._average_bytes += (size_bytes + UDP_IP_BYTES - self._average_bytes) / 16  # RFC 3550 §6.3.3

    def _interval_s(self) -> float:
        """Drawn anew at each call. Both of two participants share the bandwidth. Source: RFC 3550 §6.3.1."""
        least_s = MIN_INTERVAL_S / 2 if self._is_initial else MIN_INTERVAL_S
        due_s = max(2 * self._average_bytes / self._bytes_per_s, least_s)
        return due_s * (0.5 + self._ids.number(_UNIT) / _UNIT) / COMPENSATION
