"""RTP and RTCP: bytes and time come in, bytes and values come out. Source: RFC 3550, RFC 4733."""

from sipflow.rtp.dtmf import DIGITS, InfoDigit, digit_of, event_code
from sipflow.rtp.event_receiver import EventReceiver, HeardEvent
from sipflow.rtp.ntp import NtpClock
from sipflow.rtp.packet import Extension, RtpPacket, is_rtcp
from sipflow.rtp.receiver import Arrival, SourceStatistics, round_trip_s
from sipflow.rtp.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    parse_rtcp,
    write_rtcp,
)
from sipflow.rtp.schedule import RtcpSchedule
from sipflow.rtp.sender import RtpSender
from sipflow.rtp.sources import Sources
from sipflow.rtp.telephone_event import EventBlock, EventSender, parse_events

__all__ = [
    "DIGITS",
    "Arrival",
    "EventBlock",
    "EventReceiver",
    "EventSender",
    "Extension",
    "Goodbye",
    "HeardEvent",
    "InfoDigit",
    "NtpClock",
    "ReceiverReport",
    "ReportBlock",
    "RtcpPacket",
    "RtcpSchedule",
    "RtpPacket",
    "RtpSender",
    "SenderReport",
    "SourceDescription",
    "SourceStatistics",
    "Sources",
    "digit_of",
    "event_code",
    "is_rtcp",
    "parse_events",
    "parse_rtcp",
    "round_trip_s",
    "write_rtcp",
]
