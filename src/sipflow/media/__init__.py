"""Media: RTP ports, the streams of calls on them, and what paces the packets that are sent."""

from sipflow.media.outgoing import Frames, Idle, Playback
from sipflow.media.ports import MediaPorts, PacketReader, RtpPort, Source, UdpMediaPorts, UdpRtpPort
from sipflow.media.report import StreamReport
from sipflow.media.secure_port import SecurePort
from sipflow.media.sink import Sink
from sipflow.media.stream import MediaStream, StreamListener, StreamSettings
from sipflow.media.ticker import MAX_BURST, Beat, Ticked, Ticker

__all__ = [
    "MAX_BURST",
    "Beat",
    "Frames",
    "Idle",
    "MediaPorts",
    "MediaStream",
    "PacketReader",
    "Playback",
    "RtpPort",
    "SecurePort",
    "Sink",
    "Source",
    "StreamListener",
    "StreamReport",
    "StreamSettings",
    "Ticked",
    "Ticker",
    "UdpMediaPorts",
    "UdpRtpPort",
]
