"""The user agent: the SIP core, the sessions and the wire joined into calls."""

from sipflow.ua.agent import MessageTap, UserAgent
from sipflow.ua.call import Call, CallState
from sipflow.ua.incoming_call import IncomingCall
from sipflow.ua.mailbox import Mailbox
from sipflow.ua.outgoing_call import OutgoingCall
from sipflow.ua.queue import IncomingCalls
from sipflow.ua.session import CallSession, NegotiatedSession, PreparedSession
from sipflow.ua.settings import AgentSettings

__all__ = [
    "AgentSettings",
    "Call",
    "CallSession",
    "CallState",
    "IncomingCall",
    "IncomingCalls",
    "Mailbox",
    "MessageTap",
    "NegotiatedSession",
    "OutgoingCall",
    "PreparedSession",
    "UserAgent",
]
