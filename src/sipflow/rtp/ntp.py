"""NTP timestamps, as sender reports carry them. Source: RFC 3550 §4."""

from __future__ import annotations

from typing import Final

EPOCH_OFFSET_S: Final = 2_208_988_800  # RFC 868: from 1900 to 1970
_FRACTION: Final = 1 << 32
_WRAP: Final = 1 << 64


class NtpClock:
    """Wall time that does not jump: what the wall's clock showed once, and the monotonic clock since."""

    __slots__ = ("_offset_s",)

    def __init__(self, now: float, wall_ms: int) -> None:
        """`wall_ms` is the time of day at `now`, in milliseconds since 1970."""
        self._offset_s = EPOCH_OFFSET_S + wall_ms / 1000 - now

    def at(self, now: float) -> int:
        """The NTP timestamp of this moment: 32 bits of seconds since 1900, 32 of their fraction."""
        return round((now + self._offset_s) * _FRACTION) % _WRAP


def middle(ntp: int) -> int:
    """The middle 32 bits: units of 1/65,536 s. Source: RFC 3550 §6.4.1, LSR."""
    return ntp >> 16 & 0xFFFF_FFFF
