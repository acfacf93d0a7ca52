"""Every stand-in has the shape of what it stands in for: mypy checks the assignments."""

from __future__ import annotations

from sipflow.base.clock import Clock
from sipflow.base.events import EventEmitter
from sipflow.media.ports import MediaPorts
from sipflow.net.endpoint import Network, Receiver
from sipflow.scenario.context import CallHandle, NodeContext
from sipflow.testing import (
    EventList,
    FakeClock,
    MemoryMediaPorts,
    MemoryNetwork,
    MemoryPeer,
    ReceiverLog,
    VirtualClock,
    VirtualTimeLoop,
)
from sipflow.testing.scripted_context import ScriptedCall, ScriptedContext


def test_stand_ins_have_the_shape_of_their_seams() -> None:
    loop = VirtualTimeLoop()
    clocks: list[Clock] = [FakeClock(), VirtualClock(loop)]
    network: Network = MemoryNetwork()
    receivers: list[Receiver] = [ReceiverLog(), MemoryPeer()]
    emitter: EventEmitter = EventList()
    ports: MediaPorts = MemoryMediaPorts()
    context: NodeContext = ScriptedContext(bound=("call-1",))
    call: CallHandle = ScriptedCall("call-1", [])
    loop.close()
    assert all(clock.now() == 1000.0 for clock in clocks)
    assert all((network, *receivers, ports, context, call))
    assert emitter is not None
