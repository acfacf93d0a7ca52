"""Ports that nobody has."""

from __future__ import annotations

import os
import random
import socket
from contextlib import ExitStack

FIRST_PORT, LAST_PORT = 7_000, 8_799
"""Allowed to Chromium, and of four digits, for sipsak cuts off a fifth. Below SIPp's own (8888), RTP ports of runs and
all that the kernel gives to sockets that ask for no port."""
EACH = 4
_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
_COUNT = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


class FreePorts:
    """Gives ports of 127.0.0.1 that are free for UDP and TCP at the moment, each with the next three, for phones and
    SIPp take some of those too.

    Whoever gets one opens it a moment later, and nobody else may come upon it meanwhile: each worker has a share, gives
    all of it before it gives a port again, and begins somewhere, for there may be other tests on this machine.
    """

    def __init__(self, number: int = _NUMBER, count: int = _COUNT) -> None:
        """Be worker `number` of `count`, from 0."""
        self._size = (LAST_PORT + 1 - FIRST_PORT) // count // EACH * EACH
        self._first = FIRST_PORT + number * self._size
        self._next = random.randrange(0, self._size, EACH)

    def __call__(self) -> int:
        for _ in range(0, self._size, EACH):
            port = self._first + self._next
            self._next = (self._next + EACH) % self._size
            if _is_free(port):
                return port
        raise RuntimeError(f"no port from {self._first} on is free")


def _is_free(port: int) -> bool:
    with ExitStack() as opened:
        try:
            for number in range(port, port + EACH):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    opened.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", number))
        except OSError:
            return False
    return True
