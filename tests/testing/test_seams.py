"""Every stand-in has the shape of what it stands in for: mypy checks the assignments."""

from __future__ import annotations

from sipflow.base.clock import Clock
from sipflow.base.events import EventEmitter
from sipflow.media.ports import MediaPorts
from sipflow.net.endpoint import Network, Receiver
from sipflow.testing import (
    EventList,
    FakeClock,
    MemoryMediaPorts,
    MemoryNetwork,
    ReceiverLog,
    VirtualClock,
    VirtualTimeLoop,
)


def test_stand_ins_have_the_shape_of_their_seams() -> None:
    loop = VirtualTimeLoop()
    clocks: list[Clock] = [FakeClock(), VirtualClock(loop)]
    network: Network = MemoryNetwork()
    receiver: Receiver = ReceiverLog()
    emitter: EventEmitter = EventList()
    ports: MediaPorts = MemoryMediaPorts()
    loop.close()
    assert all(clock.now() == 1000.0 for clock in clocks)
    assert all((network, receiver, ports))
    assert emitter is not None
