"""Which way a stream flows, seen from the side that says it. Source: RFC 3264 §5.1, §6.1."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final


class Direction(StrEnum):
    """The direction attribute of a stream."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        """Whether the side that says this sends media."""
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        """Whether the side that says this takes media."""
        return self in (Direction.SENDRECV, Direction.RECVONLY)


BY_NAME: Final[dict[str, Direction]] = {str(direction): direction for direction in Direction}

_FROM_FLAGS: Final = {(direction.sends, direction.receives): direction for direction in Direction}

MATCHED: Final[dict[tuple[Direction, Direction], Direction]] = {
    (theirs, wanted): _FROM_FLAGS[theirs.receives and wanted.sends, theirs.sends and wanted.receives]
    for theirs in Direction
    for wanted in Direction
}
"""(what they say, what we want) to what we do: we send what they take, and take what they send.
Source: RFC 3264 §6.1."""

DEAF: Final[dict[Direction, Direction]] = {direction: _FROM_FLAGS[direction.sends, False] for direction in Direction}
"""The direction of a side that named no address to send to. Source: RFC 3264 §8.4."""


@lru_cache(64)
def stated_direction(attributes: tuple[str, ...]) -> Direction | None:
    """The first direction among a section's attributes, or None."""
    return next((BY_NAME[attribute] for attribute in attributes if attribute in BY_NAME), None)
