"""The user agent: the SIP core, the sessions and the wire joined into calls."""

from sipflow.net.station import MessageTap
from sipflow.ua.agent import UserAgent
from sipflow.ua.authentication import Gate
from sipflow.ua.bindings import Bindings
from sipflow.ua.call import Call
from sipflow.ua.call_state import CallState
from sipflow.ua.incoming_call import IncomingCall
from sipflow.ua.mailbox import Mailbox
from sipflow.ua.media_names import MediaNames
from sipflow.ua.outgoing_call import OutgoingCall
from sipflow.ua.queue import IncomingCalls
from sipflow.ua.registration import Registration, RegistrationSettings, RegistrationState
from sipflow.ua.requests import HeldRequest, Requests, Wish
from sipflow.ua.sent_request import SentRequest
from sipflow.ua.session import CallSession, NegotiatedSession, PreparedSession
from sipflow.ua.settings import AgentSettings, Credentials

__all__ = [
    "AgentSettings",
    "Bindings",
    "Call",
    "CallSession",
    "CallState",
    "Credentials",
    "Gate",
    "HeldRequest",
    "IncomingCall",
    "IncomingCalls",
    "Mailbox",
    "MediaNames",
    "MessageTap",
    "NegotiatedSession",
    "OutgoingCall",
    "PreparedSession",
    "Registration",
    "RegistrationSettings",
    "RegistrationState",
    "Requests",
    "SentRequest",
    "UserAgent",
    "Wish",
]
