"""A PBX on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sipflow.base.ids import RandomIds
from sipflow.net.network import AsyncioNetwork
from sipflow.pbx import Gate, PbxServer, PbxSettings
from tests.loopback.agents import Tape


@asynccontextmanager
async def running_pbx(
    settings: PbxSettings | None = None, *, gate: Gate | None = None, tape: Tape | None = None
) -> AsyncIterator[PbxServer]:
    """A PBX that listens on 127.0.0.1."""
    server = PbxServer(settings or PbxSettings(), network=AsyncioNetwork(), ids=RandomIds(), gate=gate, on_message=tape)
    await server.start()
    try:
        yield server
    finally:
        await server.close()
