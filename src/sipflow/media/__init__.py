"""Media: RTP ports, and what paces the packets that are sent from them."""

from sipflow.media.ports import MediaPorts, PacketReader, RtpPort, Source, UdpMediaPorts, UdpRtpPort
from sipflow.media.ticker import MAX_BURST, Beat, Ticked, Ticker

__all__ = [
    "MAX_BURST",
    "Beat",
    "MediaPorts",
    "PacketReader",
    "RtpPort",
    "Source",
    "Ticked",
    "Ticker",
    "UdpMediaPorts",
    "UdpRtpPort",
]
