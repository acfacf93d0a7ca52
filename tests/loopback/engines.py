"""Engines on real sockets."""

from __future__ import annotations

from pathlib import Path

from sipflow.base.clock import SystemClock
from sipflow.base.events import EventEmitter
from sipflow.base.ids import RandomIds
from sipflow.engine import Engine
from sipflow.media import UdpMediaPorts
from sipflow.net.network import AsyncioNetwork
from sipflow.nodes import load_node_types
from sipflow.scenario.node_api import NodeTypes
from sipflow.scenario.repository import ScenarioRepository


def an_engine(
    repository: ScenarioRepository,
    listener: EventEmitter,
    ports: UdpMediaPorts | None = None,
    certificates: Path | None = None,
    recordings: Path | None = None,
    audio_folder: Path | None = None,
    types: NodeTypes | None = None,
) -> Engine:
    """An engine of this machine's network; with RTP ports of its own where none are given."""
    return Engine(
        repository,
        listener,
        node_types=types or load_node_types(),
        network=AsyncioNetwork(),
        media_ports=ports or UdpMediaPorts(),
        clock=SystemClock(),
        ids=RandomIds(),
        certificates=certificates,
        recordings=None if recordings is None else lambda _: recordings,
        audio_folders=() if audio_folder is None else (audio_folder,),
    )
