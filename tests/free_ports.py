"""Ports that nobody has."""

from __future__ import annotations

import socket
from contextlib import suppress


class FreePorts:
    """Gives ports of 127.0.0.1 that are free for UDP and TCP at the moment, each another."""

    def __init__(self) -> None:
        self._given: set[int] = set()

    def __call__(self) -> int:
        while True:
            with (
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
                suppress(OSError),
            ):
                udp.bind(("127.0.0.1", 0))
                port: int = udp.getsockname()[1]
                tcp.bind(("127.0.0.1", port))
                if port not in self._given:
                    self._given.add(port)
                    return port
