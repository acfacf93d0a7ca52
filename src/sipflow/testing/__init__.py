"""Stand-ins for time, network, media and listeners. Shipped, because people who write nodes need them."""

from sipflow.testing.clock import FakeClock, VirtualClock
from sipflow.testing.events import EventList
from sipflow.testing.media_ports import MemoryMediaPort, MemoryMediaPorts
from sipflow.testing.memory_network import MemoryEndpoint, MemoryNetwork, Tapped, Weather
from sipflow.testing.raw_peer import RawPeer, deaf_listener
from sipflow.testing.receiver import Failure, Received, ReceiverLog, until
from sipflow.testing.virtual_time import VirtualDeadlock, VirtualLeak, VirtualTimeLoop, run_virtual, virtual_loop
from sipflow.testing.wire_text import RawMessage

__all__ = [
    "EventList",
    "Failure",
    "FakeClock",
    "MemoryEndpoint",
    "MemoryMediaPort",
    "MemoryMediaPorts",
    "MemoryNetwork",
    "RawMessage",
    "RawPeer",
    "Received",
    "ReceiverLog",
    "Tapped",
    "VirtualClock",
    "VirtualDeadlock",
    "VirtualLeak",
    "VirtualTimeLoop",
    "Weather",
    "deaf_listener",
    "run_virtual",
    "until",
    "virtual_loop",
]
