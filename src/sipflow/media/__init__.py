"""Media over real sockets."""

from sipflow.media.ports import MediaPorts, RtpPort, UdpMediaPorts, UdpRtpPort

__all__ = ["MediaPorts", "RtpPort", "UdpMediaPorts", "UdpRtpPort"]
