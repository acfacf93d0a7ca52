"""RTP and RTCP: bytes and time come in, bytes and values come out. Source: RFC 3550, RFC 4733."""

from sipflow.rtp.dtmf import DIGITS, InfoDigit, digit_of, event_code
from sipflow.rtp.event_receiver import EventReceiver, HeardEvent
from sipflow.rtp.jitter_buffer import JitterBuffer, Lost
from sipflow.rtp.ntp import NtpClock
from sipflow.rtp.packet import Extension, RtpPacket, is_rtcp
from sipflow.rtp.quality import IMPAIRMENTS, Impairment, Quality, mos_of, rate
from sipflow.rtp.receiver import Arrival, SourceStatistics, round_trip_s
from sipflow.rtp.reporter import HeardReports, Reporter
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
    "IMPAIRMENTS",
    "Arrival",
    "EventBlock",
    "EventReceiver",
    "EventSender",
    "Extension",
    "Goodbye",
    "HeardEvent",
    "HeardReports",
    "Impairment",
    "InfoDigit",
    "JitterBuffer",
    "Lost",
    "NtpClock",
    "Quality",
    "ReceiverReport",
    "ReportBlock",
    "Reporter",
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
    "mos_of",
    "parse_events",
    "parse_rtcp",
    "rate",
    "round_trip_s",
    "write_rtcp",
]
