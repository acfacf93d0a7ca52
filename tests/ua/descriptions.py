"""Session descriptions of scripted peers, and what stands in those of ours."""

from __future__ import annotations

from sipflow.testing.wire_text import AUDIO


def audio(direction: str = "sendrecv", version: int = 2) -> str:
    """The peer's audio in this direction."""
    return AUDIO.replace("o=peer 1 1", f"o=peer 1 {version}") + f"a={direction}\r\n"


def direction_in(body: bytes) -> str:
    """The direction that a description states."""
    (found,) = set(body.decode().split()) & {f"a={name}" for name in ("sendrecv", "sendonly", "recvonly", "inactive")}
    return found[2:]


def version_in(body: bytes) -> int:
    """The version in the o= line."""
    (line,) = [line for line in body.decode().splitlines() if line.startswith("o=")]
    return int(line.split()[2])
