"""Arithmetic of numbers that wrap: sequence numbers of 16 bits, timestamps of 32."""

from __future__ import annotations


def sequence_step(newer: int, older: int) -> int:
    """How far `newer` is ahead of `older`, from -32,768 to 32,767."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def ticks_between(newer: int, older: int) -> int:
    """How many ticks of the media clock `newer` is after `older`, from -2³¹ to 2³¹ - 1."""
    return ((newer - older + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000
