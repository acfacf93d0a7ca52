"""Ports that nobody has."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections import deque
from contextlib import ExitStack
from pathlib import Path

FIRST_PORT, LAST_PORT = 7_000, 8_799
"""Allowed to Chromium, and of four digits, for sipsak cuts off a fifth. Below SIPp's own (8888), RTP ports of runs and
all that the kernel gives to sockets that ask for no port."""
EACH = 4
KEPT = 16
CLAIMS = Path(tempfile.gettempdir()) / f"sipflow-test-ports-{os.getuid()}"


class FreePorts:
    """Gives ports of 127.0.0.1 that are free for UDP and TCP at the moment, each with the next three, for phones and
    SIPp take some of those too.

    Whoever gets one opens it a moment later, and no other test of this machine may get it meanwhile: the last ones that
    were given are claimed, by a lock on as many bytes of a file.
    """

    def __init__(self) -> None:
        self._claims = CLAIMS.open("ab")
        self._next = random.randrange(FIRST_PORT, LAST_PORT, EACH)
        self._given: deque[int] = deque()

    def __call__(self) -> int:
        for _ in range(FIRST_PORT, LAST_PORT, EACH):
            port = self._next
            self._next = port + EACH if port + EACH < LAST_PORT else FIRST_PORT
            if port not in self._given and self._claim(port):
                self._given.append(port)
                if len(self._given) > KEPT:
                    self._release(self._given.popleft())
                return port
        raise RuntimeError(f"no port from {FIRST_PORT} to {LAST_PORT} is free")

    def close(self) -> None:
        """Claim none any more."""
        self._claims.close()

    def _claim(self, port: int) -> bool:
        try:
            fcntl.lockf(self._claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except OSError:
            return False
        if _is_free(port):
            return True
        self._release(port)
        return False

    def _release(self, port: int) -> None:
        fcntl.lockf(self._claims, fcntl.LOCK_UN, 1, port)


def _is_free(port: int) -> bool:
    with ExitStack() as opened:
        try:
            for number in range(port, port + EACH):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    opened.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", number))
        except OSError:
            return False
    return True
