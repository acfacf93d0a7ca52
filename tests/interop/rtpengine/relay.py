"""rtpengine, through which Kamailio leads the media of its calls; without its kernel module."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.interop.child import Child
from tests.peers import find_peer

HOST = "127.0.0.1"
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
PORTS = 60
FIRST_PORT = 32_000 + PORTS * (_WORKER % 12)
"""Some for each worker, above those of our runs and below those that the kernel gives away."""
RELAYED = re.compile(r"Port +127\.0\.0\.1:(\d+) +<> +127\.0\.0\.1:(\d+), SSRC \S+, (\d+) p, \d+ b, (\d+) e")


class Relayed(NamedTuple):
    """What rtpengine says of one of its ports for RTP at the end of a call."""

    port: int
    peer_port: int
    """Of whoever it talks to there."""
    packets: int
    """How many came from there."""
    errors: int


class Rtpengine:
    """An rtpengine. What it is told and what it has relayed stands in its story."""

    def __init__(self, folder: Path, free_port: Callable[[], int]) -> None:
        self.port = free_port()
        """Where it takes orders."""
        command = [
            *(find_peer("rtpengine"), "--config-file=none", "--foreground", "--log-stderr", "--log-level=6"),
            *("--table=-1", f"--interface={HOST}", f"--listen-ng={HOST}:{self.port}", "--delete-delay=0"),
            *(f"--port-min={FIRST_PORT}", f"--port-max={FIRST_PORT + PORTS - 1}", "--num-threads=2"),
        ]
        # It has neither children nor anything to put away, and takes two seconds to end politely.
        self.child = Child("rtpengine", command, folder, end_signal=signal.SIGKILL)
        self.story = self.child.story
        try:
            self.story.until("Startup complete")
        except BaseException:
            self.child.end()
            raise

    def relayed(self) -> list[Relayed]:
        """What came on both sides of the calls that have ended in this chapter."""
        return [Relayed(*map(int, found.groups())) for found in RELAYED.finditer(self.story.chapter())]

    def log(self) -> str:
        return self.story.chapter()

    def rest(self) -> None:
        self.story.forget()

    def end(self) -> None:
        self.child.end()
