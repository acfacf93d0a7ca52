"""Identifiers come from an injected source, so that a run can be replayed."""

from __future__ import annotations

import os
import random
from typing import Protocol


class Ids(Protocol):
    """Where tags, branches, Call-IDs and run ids come from."""

    def tag(self) -> str:
        """A From or To tag, at least 32 random bits (RFC 3261 §19.3)."""
        ...

    def branch(self) -> str:
        """A Via branch with the magic cookie, unique in space and time (RFC 3261 §8.1.1.7)."""
        ...

    def call_id(self) -> str:
        """A Call-ID, globally unique (RFC 3261 §8.1.1.4)."""
        ...

    def run_id(self) -> str:
        """The name of one run."""
        ...

    def number(self, below: int) -> int:
        """A random number from 0 to `below` - 1."""
        ...


class RandomIds:
    """Identifiers nobody can guess: seeded by the system's entropy, or by `seed` for a replay.

    The generator is a Mersenne Twister: a peer that saw many tags could predict further ones, which
    gives it nothing that the messages it already sees do not give.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(int.from_bytes(os.urandom(32)) if seed is None else seed)
        self._bits = self._random.getrandbits

    def tag(self) -> str:
        return self._bits(64).to_bytes(8).hex()

    def branch(self) -> str:
        return "z9hG4bK" + self._bits(64).to_bytes(8).hex()

    def call_id(self) -> str:
        return self._bits(128).to_bytes(16).hex()

    def run_id(self) -> str:
        return f"run-{self._bits(64):016x}"

    def number(self, below: int) -> int:
        return self._random.randrange(below)
