"""Waiting for another program's socket without touching it."""

from __future__ import annotations

import asyncio
from pathlib import Path

LISTEN = "0A"  # the state of a listening TCP socket in /proc/net/tcp


async def wait_for_port(port: int, transport: str = "UDP", limit_s: float = 20.0) -> None:
    """Wait until somebody on this machine has bound the port. Raises TimeoutError."""
    async with asyncio.timeout(limit_s):
        while not _is_bound(port, transport):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _is_bound(port: int, transport: str) -> bool:
    lines = Path(f"/proc/net/{transport.lower()}").read_text().splitlines()[1:]
    sockets = [line.split()[1:4:2] for line in lines]
    return any(
        int(local.rpartition(":")[2], 16) == port and (transport == "UDP" or state == LISTEN)
        for local, state in sockets
    )
