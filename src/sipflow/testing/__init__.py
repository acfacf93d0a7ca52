"""Stand-ins for time, network, peers, media and listeners. Shipped, because people who write nodes need them.

What stands on a higher layer is in a module of its own: `scripted_context` (the world of one node), `agents` (user
agents and the verbs that move their calls), `core_bench` (a transaction layer without a wire), `wire_text` (messages
written and read by hand).
"""

from sipflow.testing.clock import FakeClock, VirtualClock
from sipflow.testing.events import EventList
from sipflow.testing.media_ports import MemoryMediaPort, MemoryMediaPorts, Packet
from sipflow.testing.memory_network import MemoryEndpoint, MemoryNetwork, Tapped
from sipflow.testing.memory_peer import Callee, Caller, Heard, MemoryPeer
from sipflow.testing.memory_resolver import MemoryResolver
from sipflow.testing.raw_peer import RawPeer, deaf_listener
from sipflow.testing.receiver import Failure, Received, ReceiverLog, until
from sipflow.testing.under_way import UnderWay, Weather
from sipflow.testing.virtual_time import VirtualDeadlock, VirtualLeak, VirtualTimeLoop, run_virtual, virtual_loop
from sipflow.testing.wire_text import RawMessage

__all__ = [
    "Callee",
    "Caller",
    "EventList",
    "Failure",
    "FakeClock",
    "Heard",
    "MemoryEndpoint",
    "MemoryMediaPort",
    "MemoryMediaPorts",
    "MemoryNetwork",
    "MemoryPeer",
    "MemoryResolver",
    "Packet",
    "RawMessage",
    "RawPeer",
    "Received",
    "ReceiverLog",
    "Tapped",
    "UnderWay",
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
